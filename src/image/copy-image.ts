import { type ChildProcess, spawn } from "node:child_process";
import { constants, createReadStream } from "node:fs";
import { copyFile, open, stat } from "node:fs/promises";
import { sparseWriter } from "./sparse.ts";

export type Copying = {
  readonly signal: AbortSignal;
  readonly report?: ((bytes: number) => void) | undefined;
};

/**
 * Copies a file over another in the cheapest way there is: sharing its blocks where the file system can (btrfs, XFS,
 * APFS), else with `cp`, which knows where the holes are, else block by block. `to` may be another file afterwards than the one
 * that was there. `report` is told bytes of the file.
 */
export async function copyImage(from: string, to: string, { signal, report }: Copying): Promise<void> {
  if (!(await isCloned(from, to)) && !(await isCopiedByProgram(from, to, signal, report)))
    await copyBlocks(from, to, signal, report);
  signal.throwIfAborted();
  report?.((await stat(to)).size);
}

function isCloned(from: string, to: string): Promise<boolean> {
  return copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

async function isCopiedByProgram(
  from: string,
  to: string,
  signal: AbortSignal,
  report: Copying["report"],
): Promise<boolean> {
  const { size, blocks } = await stat(from);
  const child = spawn("cp", ["--sparse=auto", "--reflink=auto", "--", from, to], { stdio: "ignore", signal });
  // cp does not say how far it is; the blocks that its result has do.
  const timer = setInterval(async () => {
    const done = await stat(to).catch(() => undefined);
    if (done !== undefined && blocks > 0) report?.(Math.min(size, Math.round((size * done.blocks) / blocks)));
  }, 250);
  const code = await ended(child);
  clearInterval(timer);
  signal.throwIfAborted();
  return code === 0;
}

async function copyBlocks(
  from: string,
  to: string,
  signal: AbortSignal,
  report: Copying["report"],
): Promise<void> {
  const target = await open(to, "w");
  try {
    const writer = sparseWriter(target.fd);
    for await (const block of createReadStream(from, { highWaterMark: 1 << 20, signal })) {
      writer.write(block as Buffer);
      report?.(writer.position());
    }
    await target.truncate(writer.position());
  } finally {
    await target.close();
  }
}

/** The exit code of a program; `undefined` when it could not be started or was stopped. */
export function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code ?? undefined));
  });
}
