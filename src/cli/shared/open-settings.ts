import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { type Loaded, type LoadOptions, loadSettings } from "../../load/load.ts";
import { filterProblems } from "./check-filters.ts";
import { exitCodes } from "./exit.ts";
import { processWorld } from "./process-world.ts";
import { reportDiagnostics } from "./report.ts";
import { SettingsRefused } from "./settings-refused.ts";
import type { Streams } from "./streams.ts";

/** The options of every command that reads settings. */
export type SettingsOptions = {
  /** `undefined`: every sensor of the file. */
  readonly sensor?: readonly string[] | undefined;
  readonly format?: "text" | "json" | "html";
  /** Whether warnings count as errors. */
  readonly strict?: boolean;
};

/**
 * Loads a settings file for a command and reports its problems. Throws `SettingsRefused` after reporting errors.
 */
export async function openSettings(
  file: string,
  { sensor, format = "text", strict = false }: SettingsOptions,
  options: Omit<LoadOptions, "only">,
  streams: Streams,
): Promise<Loaded> {
  const loaded = await loadSettings(file, processWorld(), {
    ...options,
    ...(sensor !== undefined && { only: sensor }),
  });
  // What reads secrets makes sensors: a filter that tcpdump refuses is found now, not on the sensor.
  const refused = options.readSecrets === true ? await filterProblems(loaded.sensors) : [];
  refuse([...loaded.diagnostics, ...refused], loaded, format, strict, streams);
  return loaded;
}

/** Reports problems found after loading, such as sensors that are too large; throws `SettingsRefused` for errors. */
export function refuseProblems(
  problems: readonly Diagnostic[],
  { source }: Pick<Loaded, "source">,
  { format = "text" }: SettingsOptions,
  streams: Streams,
): void {
  refuse(problems, { source }, format, false, streams);
}

function refuse(
  diagnostics: readonly Diagnostic[],
  { source }: Pick<Loaded, "source">,
  format: "text" | "json" | "html",
  strict: boolean,
  streams: Streams,
): void {
  reportDiagnostics(diagnostics, source, format, streams);
  const exit = exitCode(diagnostics, { strict });
  if (exit === exitCodes.fine) return;
  // Only the diagnostics, in the same form as in every result.
  if (format === "json") streams.json({});
  throw new SettingsRefused(exit);
}
