/** The options of `sensorbake page`, as commander parses them. */
export type PageOptions = { readonly output: string };
