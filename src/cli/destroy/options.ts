/** The options of `sensorbake destroy`, as commander parses them. */
export type DestroyOptions = {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly detailedExitcode: boolean;
  readonly collected?: string;
  readonly discardBackups: boolean;
  readonly sensor?: readonly string[];
  readonly format: "text" | "json";
};
