import { constants } from "node:fs";
import { access, readFile, realpath, stat } from "node:fs/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { FileUpgrade } from "../../load/plan-upgrade.ts";
import { replaceFile } from "../shared/replace-file.ts";

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
  const former = await stat(target);
  await replaceFile(target, hasMark ? `\ufeff${after}` : after, former.mode & 0o7777, former);
}
