import { queries } from "../../siem/queries.ts";
import { savedObjects } from "../../siem/saved-objects.ts";
import { canonicalAddress } from "../../values/addresses.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { reportDiagnostics } from "../shared/report.ts";
import type { KqlOptions } from "./options.ts";
import { shippingProblems } from "./shipping-problems.ts";

/** Prints the queries of all or the selected sensors; needs no secret. Returns the exit code. */
export async function printQueries(file: string, options: KqlOptions, { streams }: Context): Promise<number> {
  const { sensor, source, savedObjects: asObjects, format } = options;
  const address = source === undefined ? undefined : canonicalAddress(source);
  if (source !== undefined && address === undefined)
    throw new UsageError("--source must be an IP address", "e.g. --source 203.0.113.7");
  if (asObjects && format === "json")
    throw new UsageError("--saved-objects cannot be combined with --format json");
  const loaded = await openSettings(file, { sensor, format }, { readSecrets: false }, streams);
  reportDiagnostics(shippingProblems(loaded.sensors), loaded.source, format, streams);

  const names = loaded.sensors.map(({ plan }) => plan.name);
  const asked = queries(names, address);
  if (format === "json") streams.json({ queries: asked });
  else if (asObjects) streams.result(savedObjects(asked));
  else streams.result(asked.map(({ title, kql }) => `${title}\n${kql}\n`).join("\n"));
  return exitCodes.fine;
}
