import { codes } from "./codes.ts";
import type { Diagnostic } from "./diagnostic.ts";

/**
 * The exit code for diagnostics: 3 if the disk failed, 1 for errors (with `strict` also for warnings), 0 otherwise.
 */
export function exitCode(
  diagnostics: readonly Diagnostic[],
  options: { readonly strict: boolean },
): 0 | 1 | 3 {
  if (diagnostics.some(({ code }) => "isOutside" in codes[code])) return 3;
  return diagnostics.some(({ severity }) => severity === "error" || options.strict) ? 1 : 0;
}
