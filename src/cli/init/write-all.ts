import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { schemaFile } from "../../init/settings-text.ts";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import { schemaText } from "../../settings/json-schema.ts";
import { UsageError } from "../shared/exit.ts";
import { replaceFile } from "../shared/replace-file.ts";

/**
 * Writes the settings file, the schema beside it, and the private key that the settings name if it does not exist.
 * After a failure or Ctrl-C, none of the new files is left. Never replaces a settings file or a key. Returns the
 * key's file if it is new.
 */
export async function writeAll(
  file: string,
  settings: string,
  privateKey: string | undefined,
  world: World,
  signal: AbortSignal,
): Promise<string | undefined> {
  const made: string[] = [];
  const write = async (path: string, text: string, mode: number): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx", mode, signal, flush: true }).catch(async (error) => {
      if (error.code !== "EEXIST") await rm(path, { force: true });
      throw error;
    });
    made.push(path);
  };
  try {
    const key = privateKey === undefined ? undefined : fileFromSettings(privateKey, file, world.home);
    const isNew = key !== undefined && (await isMissing(key));
    if (isNew) await writeKeyPair(key, write);
    await write(file, settings, 0o666).catch((error) => {
      throw error.code === "EEXIST" ? alreadyExists(file) : error;
    });
    await refreshSchema(join(dirname(file), schemaFile));
    return isNew ? key : undefined;
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    throw error;
  }
}

export function alreadyExists(file: string): UsageError {
  return new UsageError(
    `${file} exists`,
    "init never overwrites; use another name, e.g. sensorbake init sensors-2.yaml",
  );
}

async function writeKeyPair(
  file: string,
  write: (path: string, text: string, mode: number) => Promise<void>,
): Promise<void> {
  // Loaded only when needed, because it is large.
  const { default: ssh2 } = await import("ssh2");
  const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment: "sensorbake" });
  await write(file, pair.private, 0o600);
  await write(`${file}.pub`, `${pair.public}\n`, 0o644);
}

async function isMissing(file: string): Promise<boolean> {
  return readFile(file).then(
    () => false,
    (error) => {
      if (error.code === "ENOENT") return true;
      throw error;
    },
  );
}

// The schema of an earlier version is replaced; any other file with this name stays.
async function refreshSchema(file: string): Promise<void> {
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === undefined || before.includes('"title": "Settings of sensorbake"'))
    await replaceFile(file, schemaText(), 0o644);
}
