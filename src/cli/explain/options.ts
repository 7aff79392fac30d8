/** The options of `sensorbake explain`, as commander parses them. */
export type ExplainOptions = {
  readonly sensor?: readonly string[];
  readonly format: "text" | "json" | "html";
  readonly html?: string;
};
