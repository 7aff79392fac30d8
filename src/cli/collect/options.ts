/** The options of `sensorbake collect`, as commander parses them. */
export type CollectCommandOptions = {
  readonly into: string;
  readonly since?: string;
  readonly concurrency: number;
  readonly identity?: string;
  readonly address?: string;
  readonly tofu?: string;
  readonly extract: boolean;
  readonly ageIdentity?: string;
  readonly maxFiles: number;
  readonly maxGigabytes: number;
  readonly maxRatio: number;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
