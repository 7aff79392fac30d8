import { exitCode } from "../../diagnostics/exit-code.ts";
import { loadSettings } from "../../load/load.ts";
import { queries } from "../../siem/queries.ts";
import { savedObjects } from "../../siem/saved-objects.ts";
import { canonicalAddress } from "../../values/addresses.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { processWorld } from "../shared/process-world.ts";
import { tellProblems } from "../shared/report.ts";
import type { KqlOptions } from "./options.ts";

/** Prints the queries of every sensor, or of one; needs no secret. Gives the exit code. */
export async function printQueries(
  file: string,
  { sensor, source, savedObjects: asObjects }: KqlOptions,
  { streams }: Context,
): Promise<number> {
  const address = source === undefined ? undefined : canonicalAddress(source);
  if (source !== undefined && address === undefined)
    throw new UsageError("--source takes an IP address", "e.g. --source 203.0.113.7");
  const only = sensor === undefined ? {} : { only: sensor };
  const loaded = await loadSettings(file, processWorld(), { readSecrets: false, ...only });
  tellProblems(loaded.diagnostics, loaded.source, streams);
  const exit = exitCode(loaded.diagnostics, { strict: false });
  if (exit !== exitCodes.fine) return exit;

  const names = loaded.sensors.map(({ plan }) => plan.name);
  const asked = queries(names, address);
  streams.result(
    asObjects ? savedObjects(asked) : asked.map(({ title, kql }) => `${title}\n${kql}\n`).join("\n"),
  );
  return exitCodes.fine;
}
