import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { programFolders } from "./find-program.ts";

export type RunOptions = {
  /** Ends the program and everything that it started; `runProgram` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds that it may take; 300 when absent. */
  readonly seconds?: number;
  /** Environment variables besides those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The folder that it runs in; that of this process when absent. */
  readonly folder?: string;
};

/**
 * Runs a program with an argument list and empty standard input, and returns its standard output. Throws `OutsideError`
 * with the end of its messages if it is not installed, fails, or takes too long.
 */
export async function runProgram(
  program: string,
  words: readonly string[],
  { signal, seconds = 300, variables = {}, folder }: RunOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const env = { ...process.env, PATH: programFolders().join(delimiter), ...variables };
  // A process group of its own: what it started ends with it.
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env,
    cwd: folder,
    detached: true,
  });
  const output: Buffer[] = [];
  let messages = "";
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    messages = (messages + chunk.toString()).slice(-4000);
  });
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group has ended.
    }
  };
  let last: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill("SIGTERM");
    last ??= setTimeout(() => kill("SIGKILL"), 10_000);
  };
  const onExit = (): void => kill("SIGKILL");
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    end();
  }, seconds * 1000);
  signal?.addEventListener("abort", end);
  process.once("exit", onExit);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "ENOENT" ? new OutsideError(`${program} is not installed`) : error),
      );
      child.on("close", (code) => resolve(code ?? 128));
    });
    signal?.throwIfAborted();
    if (isLate) throw new OutsideError(`${program} did not finish within ${seconds} s`);
    if (code !== 0) throw new OutsideError(`${program} ended with exit code ${code}\n${messages.trimEnd()}`);
    return Buffer.concat(output).toString();
  } finally {
    clearTimeout(late);
    clearTimeout(last);
    signal?.removeEventListener("abort", end);
    process.off("exit", onExit);
  }
}
