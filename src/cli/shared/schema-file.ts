import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { schemaFile } from "../../init/settings-text.ts";
import { schemaText } from "../../settings/json-schema.ts";
import { replaceFile } from "./replace-file.ts";

/** The schema beside a settings file, if it is missing or of another version. Any other file with its name stays. */
export async function outdatedSchema(settingsFile: string): Promise<string | undefined> {
  const path = join(dirname(settingsFile), schemaFile);
  const before = await readFile(path, "utf8").catch(() => undefined);
  const isOurs = before === undefined || before.includes('"title": "Settings of sensorbake"');
  return isOurs && before !== schemaText() ? path : undefined;
}

/** Writes the schema of this version. */
export async function writeSchema(path: string): Promise<void> {
  await replaceFile(path, schemaText(), 0o644);
}
