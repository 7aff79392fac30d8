import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { largestFileBytes } from "../../load/read-source.ts";
import type { World } from "../../load/world.ts";

/** The name of standard input as a settings file. */
export const standardInput = "-";

// A command may load the settings twice, but standard input can be read only once.
let read: Promise<Buffer> | undefined;
const input = (): Promise<Buffer> => {
  read ??= readInput();
  return read;
};

/** The process's own disk and environment. The file `-` is standard input. */
export function processWorld(): World {
  return {
    readFile: async (path) => (path === standardInput ? input() : readFile(path)),
    stat: async (path) => {
      if (path === standardInput) return { mode: 0o600, size: (await input()).length, isFile: true };
      const found = await stat(path);
      return { mode: found.mode & 0o7777, size: found.size, isFile: found.isFile() };
    },
    environment: (name) => process.env[name],
    home: homedir(),
  };
}

// Up to one byte more than a settings file may have.
async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > largestFileBytes) break;
  }
  return Buffer.concat(chunks);
}
