/** The options of `sensorbake apply`, as commander parses them. */
export type ApplyOptions = {
  readonly sensor?: readonly string[];
  readonly address?: string;
  readonly wait: string;
  readonly format: "text" | "json";
};
