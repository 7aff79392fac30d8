/** The options of `sensorbake check`, as commander parses them. */
export type CheckOptions = {
  readonly secrets: boolean;
  readonly filters: boolean;
  readonly strict: boolean;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
