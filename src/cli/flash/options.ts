/** The options of `sensorbake flash`, as commander parses them. */
export type FlashOptions = {
  readonly list: boolean;
  readonly yesReally?: string;
  readonly sensor?: string;
  readonly settings: string;
  readonly sha256?: string;
  readonly format: "text" | "json";
};
