/** The options of `sensorbake status`, as commander parses them. */
export type StatusOptions = { readonly sensor?: readonly string[]; readonly format: "text" | "json" };
