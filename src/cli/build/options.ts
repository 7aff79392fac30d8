/** The options of `sensorbake build`, as commander parses them. */
export type BuildOptions = {
  readonly output: string;
  readonly seedOnly: boolean;
  readonly installer: boolean;
  readonly check: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
