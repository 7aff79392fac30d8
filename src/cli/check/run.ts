import { exitCode } from "../../diagnostics/exit-code.ts";
import { loadSettings } from "../../load/load.ts";
import { targets } from "../../plan/targets.ts";
import type { Context } from "../shared/context.ts";
import { processWorld } from "../shared/process-world.ts";
import { report } from "../shared/report.ts";
import type { CheckOptions } from "./options.ts";

/** Reports the problems on standard output; gives the exit code. */
export async function check(
  file: string,
  options: CheckOptions,
  { streams, signal }: Context,
): Promise<number> {
  const only = options.sensor === undefined ? {} : { only: options.sensor };
  const loaded = await loadSettings(file, processWorld(), { readSecrets: options.secrets, ...only });
  const diagnostics = [...loaded.diagnostics];
  const limited = loaded.sensors.filter(({ plan }) => targets[plan.target].limitBytes !== undefined);
  if (limited.length > 0) {
    // The compiler is loaded only for targets that have a limit to hold its result against.
    const { sizeProblems } = await import("../shared/size-problems.ts");
    diagnostics.push(...(await sizeProblems(limited, signal)));
  }
  report(diagnostics, loaded.source, options.format, { write: streams.result, color: streams.colorOfResult });
  if (options.format === "text" && diagnostics.length === 0) streams.say(`${file}: no problems`);
  return exitCode(diagnostics, options);
}
