import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import { UsageError } from "../shared/exit.ts";
import { outdatedSchema, writeSchema } from "../shared/schema-file.ts";

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
    const schema = await outdatedSchema(file);
    if (schema !== undefined) await writeSchema(schema);
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
