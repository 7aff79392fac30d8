/** The options of `sensorbake image`, as commander parses them. */
export type ImageOptions = {
  readonly output?: string;
  readonly settings: string;
  readonly sensor?: string;
  readonly all: boolean;
  readonly compress?: string;
  readonly sha256?: string;
  readonly inPlace: boolean;
  readonly seed: boolean;
  readonly url?: string;
  readonly force: boolean;
  readonly format: "text" | "json";
};
