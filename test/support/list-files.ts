import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Every regular file below a folder, sorted; none when the folder does not exist. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
