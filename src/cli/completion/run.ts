import type { Command } from "commander";
import { parse } from "yaml";
import { readSource } from "../../load/read-source.ts";
import { processWorld } from "../shared/process-world.ts";
import type { Streams } from "../shared/streams.ts";
import { candidates } from "./candidates.ts";

/** Prints the candidates for the last word, one per line. Prints nothing for a settings file that cannot be read. */
export async function complete(
  program: Command,
  words: readonly string[],
  { result }: Streams,
): Promise<void> {
  const found = await candidates(program, words, sensorsOf);
  result([...found.words, ...(found.files ? [":files"] : [])].map((word) => `${word}\n`).join(""));
}

// While somebody types, the file may be incomplete.
async function sensorsOf(file: string): Promise<readonly string[]> {
  if (file === "-") return [];
  const { source, diagnostics } = await readSource(file, processWorld());
  if (diagnostics.length > 0) return [];
  try {
    const settings: unknown = parse(source.text, { logLevel: "silent", maxAliasCount: 100 });
    const sensors = isRecord(settings) && Array.isArray(settings.sensors) ? settings.sensors : [];
    return sensors.flatMap((sensor: unknown) =>
      isRecord(sensor) && typeof sensor.name === "string" && /^[a-z0-9-]+$/.test(sensor.name)
        ? [sensor.name]
        : [],
    );
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
