/** The options of `sensorbake user-data`, as commander parses them. */
export type UserDataOptions = { readonly sensor: string; readonly seedOnly: boolean };
