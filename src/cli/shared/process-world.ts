import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import type { World } from "../../load/world.ts";

/** The process's own disk and environment. */
export function processWorld(): World {
  return {
    readFile,
    stat: async (path) => {
      const found = await stat(path);
      return { mode: found.mode & 0o7777, size: found.size, isFile: found.isFile() };
    },
    environment: (name) => process.env[name],
    home: homedir(),
  };
}
