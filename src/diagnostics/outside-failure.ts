import { OutsideError } from "./outside-error.ts";
import { visible } from "./visible.ts";

/**
 * Converts an error to an `OutsideError`: itself, or a failed system call (disk full, permission denied). Returns
 * `undefined` for any other error, which is a bug.
 */
export function outsideFailure(error: unknown): OutsideError | undefined {
  if (error instanceof OutsideError) return error;
  if (!(error instanceof Error) || !("syscall" in error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = reasons[code ?? ""] ?? error.message;
  return new OutsideError(visible(path === undefined ? reason : `${reason}: ${path}`));
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "a file or folder with this name exists",
  EISDIR: "this is a folder",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left on the disk",
  ENOTDIR: "a part of this path is not a folder",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};
