import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { inOrder } from "../../diagnostics/in-order.ts";
import { numberOf } from "../../diagnostics/number-of.ts";
import { renderJson } from "../../diagnostics/render-json.ts";
import { renderText } from "../../diagnostics/render-text.ts";
import { loadSettings } from "../../load/load.ts";
import { filterProblems } from "../shared/check-filters.ts";
import type { Context } from "../shared/context.ts";
import { processWorld } from "../shared/process-world.ts";
import { sizeProblems } from "../shared/size-problems.ts";
import type { CheckOptions } from "./options.ts";

/** Reports the problems on standard output; returns the exit code. */
export async function check(
  file: string,
  options: CheckOptions,
  { streams, signal }: Context,
): Promise<number> {
  const { sensor, format, secrets: readSecrets, filters } = options;
  const loaded = await loadSettings(file, processWorld(), {
    readSecrets,
    ...(sensor !== undefined && { only: sensor }),
  });
  const diagnostics = [
    ...loaded.diagnostics,
    ...(await sizeProblems(loaded.sensors, { streams, signal })),
    ...(filters ? await filterProblems(loaded.sensors) : []),
  ];
  const sorted = inOrder(diagnostics);
  if (format === "json") streams.result(renderJson(sorted, loaded.source));
  else if (sorted.length > 0)
    streams.print(
      renderText(sorted, loaded.source, {
        color: streams.colorOfResult,
        ...(streams.resultIsTerminal && { width: streams.widthOfResult }),
      }),
    );
  if (format === "text") streams.say(`${file}: ${totalOf(sorted, loaded.sensors.length)}`);
  return exitCode(diagnostics, options);
}

// A file with errors has no sensors, so their number is unknown.
function totalOf(problems: readonly Diagnostic[], sensors: number): string {
  const of = sensors > 1 ? `${numberOf(sensors, "sensor")}, ` : "";
  const parts = (["error", "warning"] as const).flatMap((severity) => {
    const { length } = problems.filter((problem) => problem.severity === severity);
    return length === 0 ? [] : [numberOf(length, severity)];
  });
  return `${of}${parts.length === 0 ? "no problems" : parts.join(", ")}`;
}
