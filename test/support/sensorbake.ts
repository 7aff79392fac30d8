import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../src/load/read-release.ts";

/** The exit code and the output of a command. */
export type Ended = { readonly code: number | null; readonly stdout: Buffer; readonly stderr: string };

/**
 * Runs the real, bundled command as a user's shell would, with nothing of this environment but `PATH`.
 * `cwd` is the package's own folder unless it is said.
 */
export function sensorbake(
  words: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Standard input. */
    readonly input?: string;
    readonly killAfterMs?: number;
    /** Ctrl-C so many ms after it has begun to read this YAML from standard input, however slowly it started. */
    readonly interruptReading?: { readonly input: string; readonly afterMs: number };
    /** Ctrl-C once this resolves. */
    readonly interruptAfter?: Promise<unknown>;
    /** Kills it, as the end of its computer would. */
    readonly signal?: AbortSignal;
  } = {},
): Promise<Ended> {
  const env = { PATH: process.env.PATH ?? "", NO_COLOR: "1", HOME: "/nonexistent", ...options.env };
  const child = spawn(process.execPath, [join(packageRoot(), "dist/sensorbake.js"), ...words], {
    cwd: options.cwd ?? packageRoot(),
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that does not read it may have ended.
  child.stdin.on("error", () => {});
  const { interruptReading: reading } = options;
  if (reading === undefined) child.stdin.end(options.input);
  // More than a pipe holds, so that the end arrives only in a process that reads.
  else
    child.stdin.end(`${reading.input}\n${"#\n".repeat(100_000)}`, () =>
      setTimeout(() => child.kill("SIGINT"), reading.afterMs),
    );
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  if (options.killAfterMs !== undefined) setTimeout(() => child.kill("SIGINT"), options.killAfterMs);
  options.interruptAfter?.then(() => child.kill("SIGINT"));
  options.signal?.addEventListener("abort", () => child.kill("SIGKILL"));
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(stdout), stderr }));
  });
}
