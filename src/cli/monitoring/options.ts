/** The options of `sensorbake monitoring`, as commander parses them. */
export type MonitoringOptions = {
  readonly output: string;
  readonly check: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
