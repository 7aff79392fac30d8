/** The options of `sensorbake image`, as commander parses them. */
export type ImageOptions = {
  readonly output?: string;
  readonly settings?: string;
  readonly sensor?: readonly string[];
  readonly all: boolean;
  readonly compress?: string;
  readonly sha256?: string;
  readonly inPlace: boolean;
  readonly seed: boolean;
  readonly url?: string;
  readonly force: boolean;
  readonly format: "text" | "json";
};

/** Whether there may be several images, so that the output is a folder. */
export function isSeveral({ all, sensor = [] }: ImageOptions): boolean {
  return all || sensor.length > 1;
}
