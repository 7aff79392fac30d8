/** The options of `sensorbake flash`, as commander parses them. */
export type FlashOptions = {
  readonly list: boolean;
  readonly yesReally?: string;
  readonly sensor?: string;
  /** Whether to write a card for each Pi of the settings. */
  readonly all: boolean;
  /** With `all`: the first sensor to write. */
  readonly from?: string;
  readonly settings: string;
  readonly sha256?: string;
  readonly format: "text" | "json";
};
