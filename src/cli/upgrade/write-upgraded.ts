import { constants } from "node:fs";
import { access, readFile, realpath, stat } from "node:fs/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { openTemporary } from "../../image/temporary.ts";
import type { FileUpgrade } from "../../load/plan-upgrade.ts";

/**
 * Replaces a file atomically with its upgraded text. Mode, owner, a byte order mark and a symlink to the file are kept.
 * Refuses a file that is read-only or was changed meanwhile.
 */
export async function writeUpgraded({ file, path, before, after }: FileUpgrade): Promise<void> {
  const target = await realpath(path);
  await access(target, constants.W_OK);
  const bytes = await readFile(target);
  if (new TextDecoder("utf-8").decode(bytes) !== before)
    throw new OutsideError(`${file} was changed by another program`, "run the command again");
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const { mode, uid, gid } = await stat(target);
  const fresh = await openTemporary(target);
  try {
    await fresh.file.writeFile(hasMark ? `\ufeff${after}` : after);
    const own = await fresh.file.stat();
    if (own.uid !== uid || own.gid !== gid) await fresh.file.chown(uid, gid);
    await fresh.file.chmod(mode & 0o7777);
    await fresh.commit();
  } finally {
    await fresh.discard();
  }
}
