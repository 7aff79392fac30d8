import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { PassThrough, pipeline, type Readable, type Writable } from "node:stream";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import type { Meter } from "./limits.ts";

/** A program in a separate session, so that it cannot prompt on the terminal; it ends with the signal. */
export type Tool = {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves with the exit code and the end of its standard error, with control characters escaped. */
  readonly end: Promise<Ended>;
  /** Kills it, unless it has ended, and waits for its end. */
  readonly stop: () => Promise<void>;
};

export type Ended = { readonly code: number; readonly said: readonly string[] };

/** Maximum memory of a program, if prlimit is available: a header of 150 kB can make 7-Zip allocate a gigabyte. */
const memoryBytes = 4 * 2 ** 30;

/** Starts the first installed one of `programs`. `input` is its whole input; `undefined`: the caller pipes. */
export async function startTool(
  programs: readonly string[],
  args: readonly string[],
  signal: AbortSignal,
  input?: string,
): Promise<Tool> {
  for (const program of programs) {
    if (!(await isInstalled(program))) continue;
    const limiter = (await isInstalled("prlimit")) ? ["prlimit", `--as=${memoryBytes}`, "--"] : [];
    const [file = program, ...words] = [...limiter, program, ...args];
    const child = spawn(file, words, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" },
    });
    let isClosed = false;
    const kill = () => {
      try {
        if (child.pid !== undefined && !isClosed) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has already ended.
      }
    };
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    // If a program stops reading or writing early, its exit code decides.
    child.stdin.on("error", () => {});
    const closed = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 128));
    });
    closed.catch(() => {});
    // Immediately, because node discards the unread output of a child that has ended.
    const output = pipeline(child.stdout, new PassThrough(), () => {});
    await once(child, "spawn");
    signal.addEventListener("abort", kill);
    if (signal.aborted) kill();
    if (input !== undefined) child.stdin.end(input);
    const end = closed.then((code) => {
      isClosed = true;
      signal.removeEventListener("abort", kill);
      signal.throwIfAborted();
      return { code, said: linesOf(said) };
    });
    end.catch(() => {});
    const stop = async () => {
      kill();
      // An unread pipe does not close.
      output.destroy();
      await closed;
    };
    return { input: child.stdin, output, end, stop };
  }
  throw new OutsideError(
    `${programs.join(" or ")} is not installed here`,
    "on Debian and Ubuntu: apt install 7zip age zstd",
  );
}

async function isInstalled(program: string): Promise<boolean> {
  const file = process.platform === "win32" ? `${program}.exe` : program;
  for (const folder of (process.env.PATH ?? "").split(delimiter))
    if (
      await access(join(folder, file), constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true;
  return false;
}

/**
 * The output of a program with its bytes counted, independent of any headers in it. At the end, `judge` throws if a
 * program failed, which explains short output.
 */
export async function* outputOf(
  stream: Readable,
  meter: Meter,
  judge: () => Promise<void>,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    meter.addBytes(chunk.length);
    yield chunk;
  }
  await judge();
}

/** The lines of a program's output, without empty ones, with control characters escaped. */
export function linesOf(text: string): readonly string[] {
  return text.split(/[\r\n]+/).flatMap((line) => (line.trim() === "" ? [] : [visible(line.trim())]));
}
