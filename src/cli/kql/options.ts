/** The options of `sensorbake kql`, as commander parses them. */
export type KqlOptions = {
  readonly sensor?: readonly string[];
  readonly source?: string;
  readonly savedObjects?: true;
  readonly format: "text" | "json";
};
