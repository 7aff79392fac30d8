import { readdirSync, readFileSync } from "node:fs";

/** Kills a process and all that came from it with SIGKILL, as a power cut would: none of them can tidy up. */
export function killTree(root: number): void {
  const tree: number[] = [];
  const stop = (pid: number): void => {
    // Stopped first, so that it neither starts another nor goes on when its child is gone.
    signal(pid, "SIGSTOP");
    tree.push(pid);
    for (const child of childrenOf(pid)) stop(child);
  };
  stop(root);
  for (const pid of tree) signal(pid, "SIGKILL");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** All that came from a process and is still there, without the process itself. */
export function processesBelow(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...processesBelow(child)]);
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, "latin1")
        .replace(/^.*\) . /s, "")
        .split(" ")[0],
    );
  } catch {
    return undefined;
  }
}
