import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { findProgram } from "./find-program.ts";

const running = new Set<ChildProcess>();

/**
 * Starts a program that ends with this process, however this process ends. If node itself is killed, setpriv ends the
 * program; other systems have no setpriv. `mayOutlive`: {@link release} can let it run on, so setpriv cannot be used.
 */
export function spawnBound(
  program: string,
  words: readonly string[],
  options: SpawnOptions,
  mayOutlive = false,
): ChildProcess {
  if (running.size === 0) process.once("exit", killAll);
  const setpriv = process.platform === "linux" && !mayOutlive ? findProgram("setpriv") : undefined;
  const child =
    setpriv === undefined
      ? // In a session of its own it does not get the terminal's Ctrl-C.
        spawn(program, words, { ...options, detached: mayOutlive })
      : spawn(setpriv, ["--pdeathsig", "KILL", program, ...words], options);
  running.add(child);
  child.once("exit", () => forget(child));
  child.once("error", () => forget(child));
  return child;
}

/** Lets a program run on when this process ends. */
export function release(child: ChildProcess): void {
  forget(child);
  child.unref();
}

function forget(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) process.off("exit", killAll);
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
