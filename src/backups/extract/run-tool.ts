import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** A program that runs in a session of its own, so that it cannot ask on the terminal, and ends with the signal. */
export type Tool = {
  readonly child: ChildProcess;
  /** Resolves with the exit code and the last of what it said on standard error. */
  readonly end: Promise<{ readonly code: number; readonly said: string }>;
};

/** Starts the first of `programs` that is installed. `input` is all it reads; `undefined`: the caller pipes. */
export async function startTool(
  programs: readonly string[],
  args: readonly string[],
  signal: AbortSignal,
  input?: string,
): Promise<Tool> {
  for (const program of programs) {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    // Who stops reading or writing early is judged by its exit code.
    child.stdin.on("error", () => {});
    const closed = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 128));
    });
    closed.catch(() => {});
    try {
      await once(child, "spawn");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    signal.addEventListener("abort", kill);
    if (signal.aborted) kill();
    if (input !== undefined) child.stdin.end(input);
    const end = closed.then((code) => {
      signal.removeEventListener("abort", kill);
      signal.throwIfAborted();
      return { code, said: said.trim() };
    });
    end.catch(() => {});
    return { child, end };
  }
  throw new OutsideError(
    `${programs.join(" or ")} is not installed here`,
    "on Debian and Ubuntu: apt install 7zip age zstd",
  );
}
