/** The options of `sensorbake launch`, as commander parses them. */
export type LaunchOptions = {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly detailedExitcode: boolean;
  readonly replace: boolean;
  readonly collected?: string;
  readonly discardBackups: boolean;
  /** Send programs and secrets to the new machines that wait for them. */
  readonly apply: boolean;
  readonly printPolicy: boolean;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
