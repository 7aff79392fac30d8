import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A temporary file beside its target; only its owner can read it. */
export type Temporary = {
  readonly path: string;
  readonly file: FileHandle;
  /** Opens it again after it may have been replaced or removed. */
  readonly reopen: () => Promise<FileHandle>;
  /** Syncs it and renames it to its target, replacing an existing file. */
  readonly commit: () => Promise<void>;
  /** Removes it; does nothing after `commit`. */
  readonly discard: () => Promise<void>;
};

/** Opens a new temporary file for `target`, and removes those of crashed runs. */
export async function openTemporary(target: string, purpose = "new"): Promise<Temporary> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  await clearLeftovers(folder, `.${basename(target)}.sensorbake-`);
  const path = join(folder, `.${basename(target)}.sensorbake-${process.pid}-${purpose}`);
  await rm(path, { force: true });
  let file = await open(path, "wx+", 0o600);
  let isOpen = true;
  return {
    path,
    get file() {
      return file;
    },
    reopen: async () => {
      await file.close();
      file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      await file.chmod(0o600);
      return file;
    },
    commit: async () => {
      await file.sync();
      await file.close();
      await rename(path, target);
      isOpen = false;
      await syncFolder(folder);
    },
    discard: async () => {
      if (!isOpen) return;
      isOpen = false;
      await file.close().catch(() => {});
      await rm(path, { force: true });
    },
  };
}

/** Adds the path to the error of a full disk, because a write does not know the name of its file. */
export function namingPlace(error: unknown, path: string): unknown {
  const isFull =
    error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT"].includes(String(error.code));
  return isFull && !("path" in error) ? Object.assign(error, { path }) : error;
}

async function clearLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isLeft = name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10));
    if (isLeft) await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
