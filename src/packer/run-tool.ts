import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * Runs a program to its end, and passes on each line of its output. Returns its exit code and last lines. If `signal`
 * aborts, the program is interrupted once, as by Ctrl-C, and may still clean up: Packer removes its machine.
 */
export async function runTool(
  program: string,
  words: readonly string[],
  { tell, signal }: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<{ readonly code: number; readonly last: readonly string[] }> {
  signal.throwIfAborted();
  // In its own process group; otherwise a terminal's Ctrl-C would reach it twice, which stops Packer immediately.
  const child = spawn(program, words, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" },
  });
  const interrupt = () => {
    child.kill("SIGINT");
    // A second interrupt stops it without cleaning up, because a hanging download ignores the first.
    setTimeout(() => child.kill("SIGINT"), 60_000).unref();
  };
  signal.addEventListener("abort", interrupt, { once: true });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      if (line.trim() === "") return;
      tell(line);
      last.push(line.trim());
      if (last.length > 20) last.shift();
    });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "ENOENT" ? new OutsideError(`${program} is not installed`) : error),
      );
      child.on("close", (exit) => resolve(exit ?? 128));
    });
    signal.throwIfAborted();
    return { code, last };
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}
