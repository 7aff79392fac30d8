import { exitCode } from "../diagnostics/exit-code.ts";
import { loadSettings } from "../settings/load.ts";
import type { CheckOptions } from "./check.ts";
import type { Context } from "./context.ts";
import { processOutside } from "./outside.ts";
import { report } from "./report.ts";
import { sizeProblems } from "./size-problems.ts";

/** Reports the problems on standard output; gives the exit code. */
export async function check(file: string, options: CheckOptions, { talk }: Context): Promise<number> {
  const only = options.sensor === undefined ? {} : { only: options.sensor };
  const loaded = await loadSettings(file, processOutside(), { readSecrets: options.secrets, ...only });
  const diagnostics = [...loaded.diagnostics, ...(await sizeProblems(loaded))];
  report(diagnostics, loaded.source, options.format, { write: talk.result, color: talk.colorOfResult });
  const exit = exitCode(diagnostics, options);
  if (options.format === "text" && diagnostics.length === 0) talk.say(`${file}: no problems`);
  return exit;
}
