/** The options of `sensorbake init`, as commander parses them. */
export type InitOptions = { readonly yes: boolean; readonly sshKey?: string };
