/** The options of `sensorbake user-data`, as commander parses them. */
export type UserDataOptions = {
  readonly sensor?: readonly string[];
  readonly seedOnly: boolean;
  readonly format: "text" | "json";
};
