import type { Command } from "commander";
import { parse } from "yaml";
import { readSource } from "../../load/read-source.ts";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import { mostSensors } from "../../settings/limits.ts";
import { nameRangeOf, namesIn } from "../../settings/name-range.ts";
import { valueAt } from "../../settings/value-at.ts";
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
  const world = processWorld();
  const { source, diagnostics } = await readSource(file, world);
  if (diagnostics.length > 0) return [];
  try {
    const settings: unknown = parse(source.text, { logLevel: "silent", maxAliasCount: 100 });
    const sensors = valueAt(settings, ["sensors"]);
    const written = Array.isArray(sensors) ? sensors.map((sensor: unknown) => valueAt(sensor, ["name"])) : [];
    const table = valueAt(settings, ["sensors_from"]);
    const rows =
      typeof table === "string" ? await namesInRows(fileFromSettings(table, file, world.home), world) : [];
    // Each range may have as many names as a whole file is allowed.
    const names: string[] = [];
    for (const one of [...written, ...rows]) if (names.length < mostSensors) names.push(...namesOf(one));
    return names;
  } catch {
    return [];
  }
}

async function namesInRows(file: string, world: World): Promise<readonly string[]> {
  const { source, diagnostics } = await readSource(file, world);
  if (diagnostics.length > 0) return [];
  // Imported only here, because loading the CSV parser takes a tenth of the start-up time.
  const { readTable } = await import("../../settings/read-table.ts");
  const { header, rows } = readTable(source.text, 0, undefined).table;
  const column = header.findIndex(({ text }) => text === "name");
  return rows.flatMap(({ cells }) => cells.find((cell) => cell.column === column)?.text ?? []);
}

function namesOf(written: unknown): readonly string[] {
  if (typeof written !== "string") return [];
  const range = nameRangeOf(written);
  const names = range === undefined ? [written] : "message" in range ? [] : namesIn(range);
  return names.filter((name) => /^[a-z0-9-]+$/.test(name));
}
