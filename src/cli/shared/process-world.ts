import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import type { World } from "../../load/world.ts";

/** The process's own disk, environment and tools. */
export function processWorld(): World {
  return {
    readFile,
    stat: async (path) => {
      const found = await stat(path);
      return { mode: found.mode & 0o7777, size: found.size, isFile: found.isFile() };
    },
    environment: (name) => process.env[name],
    home: homedir(),
    compileFilter,
  };
}

// `-d` prints the compiled filter and opens no device; `-y` names the link type, so that no device is looked for.
function compileFilter(filter: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` },
      timeout: 10_000,
    };
    execFile("tcpdump", ["-d", "-y", "EN10MB", "--", filter], options, (error, _, stderr) => {
      // Absent, or too slow to answer: the sensor itself asks again.
      if (error === null || error.code === "ENOENT" || error.killed === true) resolve(undefined);
      else
        resolve(
          stderr
            .trim()
            .split("\n")
            .at(-1)
            ?.replace(/^tcpdump: /, "") ?? "it does not compile",
        );
    });
  });
}
