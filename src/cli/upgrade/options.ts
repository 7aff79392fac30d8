/** The options of `sensorbake upgrade`, as commander parses them. */
export type UpgradeOptions = {
  readonly write: boolean;
  readonly check: boolean;
  readonly format: "text" | "json";
};
