import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../src/load/read-release.ts";

/** What is waited for on the screen, and then typed; `\x03` is Ctrl-C, `\x04` is Ctrl-D. */
export type Typing = readonly [wait: string, type: string];

/**
 * Runs the real command on a terminal of its own, by util-linux's `script`, and types the answers as the questions
 * come. Returns the exit code and the terminal's whole output.
 */
export function typeTo(
  words: readonly string[],
  answers: readonly Typing[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const command = [process.execPath, join(packageRoot(), "dist/sensorbake.js"), ...words]
    .map((word) => `'${word}'`)
    .join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `exec ${command}`, "/dev/null"], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? "", HOME: options.cwd, NO_COLOR: "1", TERM: "dumb", ...options.env },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 60_000,
  });
  let screen = "";
  let seen = 0;
  const left = [...answers];
  child.stdout.on("data", (chunk: Buffer) => {
    screen += chunk.toString();
    for (let [next] = left; next !== undefined; [next] = left) {
      const at = screen.indexOf(next[0], seen);
      if (at === -1) break;
      seen = at + next[0].length;
      left.shift();
      child.stdin.write(next[1]);
    }
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, screen })));
}
