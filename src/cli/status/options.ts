/** The options of `sensorbake status`, as commander parses them. */
export type StatusOptions = {
  readonly sensor?: readonly string[];
  readonly address?: string;
  readonly tofu?: string;
  readonly timeout: string;
  /** `true`: at the default interval. */
  readonly watch?: string | true;
  readonly format: "text" | "json";
  readonly html?: string;
};
