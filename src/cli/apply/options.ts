/** The options of `sensorbake apply`, as commander parses them. */
export type ApplyOptions = {
  readonly sensor?: readonly string[];
  readonly address?: string;
  readonly tofu?: string;
  readonly login?: string;
  readonly wait: string;
  readonly revertAfter: string;
  readonly parallel: string;
  readonly maxFailures: string;
  readonly dryRun: boolean;
  readonly detailedExitcode: boolean;
  readonly yes: boolean;
  readonly format: "text" | "json";
};
