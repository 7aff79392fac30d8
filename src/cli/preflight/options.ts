/** The options of `sensorbake preflight`, as commander parses them. */
export type PreflightOptions = {
  readonly identity?: string;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
