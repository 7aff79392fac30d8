import { exitCode } from "../../diagnostics/exit-code.ts";
import { inOrder } from "../../diagnostics/in-order.ts";
import { renderJson } from "../../diagnostics/render-json.ts";
import { renderText } from "../../diagnostics/render-text.ts";
import { loadSettings } from "../../load/load.ts";
import { targets } from "../../plan/targets.ts";
import type { Context } from "../shared/context.ts";
import { processWorld } from "../shared/process-world.ts";
import type { CheckOptions } from "./options.ts";

/** Reports the problems on standard output; gives the exit code. */
export async function check(
  file: string,
  options: CheckOptions,
  { streams, signal }: Context,
): Promise<number> {
  const { sensor, format, secrets: readSecrets } = options;
  const loaded = await loadSettings(file, processWorld(), {
    readSecrets,
    ...(sensor !== undefined && { only: sensor }),
  });
  const diagnostics = [...loaded.diagnostics];
  const limited = loaded.sensors.filter(({ plan }) => targets[plan.target].limitBytes !== undefined);
  if (limited.length > 0) {
    // The compiler is loaded only for targets that have a limit to hold its result against.
    const { sizeProblems } = await import("../shared/size-problems.ts");
    diagnostics.push(...(await sizeProblems(limited, signal)));
  }
  const sorted = inOrder(diagnostics);
  if (format === "json") streams.result(renderJson(sorted, loaded.source));
  else if (sorted.length > 0)
    streams.result(renderText(sorted, loaded.source, { color: streams.colorOfResult }));
  else streams.say(`${file}: no problems`);
  return exitCode(diagnostics, options);
}
