/** The options of `sensorbake tofu`, as commander parses them. */
export type TofuOptions = {
  readonly output: string;
  readonly check: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  readonly format: "text" | "json";
};
