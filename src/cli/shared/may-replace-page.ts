import { open } from "node:fs/promises";
import { UsageError } from "./exit.ts";

/**
 * Refuses to replace a file that does not begin with this mark of a command's pages, so that a typo cannot overwrite a
 * settings file.
 */
export async function checkMayReplacePage(path: string, mark: string, command: string): Promise<void> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    if (bytesRead === 0 || buffer.subarray(0, bytesRead).includes(mark)) return;
  } finally {
    await file.close();
  }
  throw new UsageError(
    `${path} was not written by sensorbake ${command}`,
    "choose another file for the page",
  );
}
