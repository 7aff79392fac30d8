import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { findProgram } from "./find-program.ts";

const running = new Set<ChildProcess>();

/**
 * Starts a program that ends with this process, however this process ends. When node itself is killed, setpriv sees to
 * it; only Linux has that.
 */
export function spawnBound(program: string, words: readonly string[], options: SpawnOptions): ChildProcess {
  if (running.size === 0) process.once("exit", killAll);
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : undefined;
  const child =
    setpriv === undefined
      ? spawn(program, words, options)
      : spawn(setpriv, ["--pdeathsig", "KILL", program, ...words], options);
  running.add(child);
  const forget = (): void => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  };
  child.once("exit", forget);
  child.once("error", forget);
  return child;
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
