/** The options of `sensorbake kql`, as commander parses them. */
export type KqlOptions = {
  readonly sensor?: string;
  readonly source?: string;
  readonly savedObjects?: true;
};
