import { exitCode } from "../../diagnostics/exit-code.ts";
import { inOrder } from "../../diagnostics/in-order.ts";
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
  else streams.say(`${file}: no problems`);
  return exitCode(diagnostics, options);
}
