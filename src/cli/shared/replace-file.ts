import { stat } from "node:fs/promises";
import { openTemporary } from "../../image/temporary.ts";
import { UsageError } from "./exit.ts";

/**
 * Replaces a file atomically: the old one stays until the new one is durable. The new one belongs to `owner`, or to the
 * user who runs the command.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const fresh = await openTemporary(path);
  try {
    await fresh.file.writeFile(content);
    const { uid, gid } = await fresh.file.stat();
    if (owner !== undefined && (owner.uid !== uid || owner.gid !== gid))
      await fresh.file.chown(owner.uid, owner.gid);
    await fresh.file.chmod(mode);
    await fresh.commit();
  } finally {
    await fresh.discard();
  }
}

/** Throws `UsageError` for an existing output without `force`, and always for the base or a device. */
export async function checkMayWrite(output: string, base: string | undefined, force: boolean): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (found === undefined) return;
  if (found.isBlockDevice())
    throw new UsageError(
      `${output} is a device`,
      `write it with: sensorbake flash ${base ?? "IMAGE"} ${output}`,
    );
  const own = base === undefined ? undefined : await stat(base).catch(() => undefined);
  if (own !== undefined && own.dev === found.dev && own.ino === found.ino)
    throw new UsageError("the output is the base itself", "use --in-place to change the base");
  if (found.isDirectory()) throw new UsageError(`${output} is a folder`, "--all writes into a folder");
  if (!force) throw new UsageError(`${output} exists`, "replace it with --force");
}
