/** The options of `sensorbake try`, as commander parses them. */
export type TryOptions = {
  readonly sensor?: readonly string[];
  readonly image?: string;
  readonly sha256?: string;
  readonly clones?: string;
  readonly dshield: boolean;
  readonly tools: boolean;
  readonly realSecrets: boolean;
  readonly apply?: string;
  readonly reboot: boolean;
  readonly keep: boolean;
  readonly format: "text" | "json";
  readonly html?: string;
};
