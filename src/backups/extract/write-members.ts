import { constants } from "node:fs";
import { lstat, mkdir, open } from "node:fs/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { watchSpace } from "./free-space.ts";
import type { Meter } from "./limits.ts";
import type { Member } from "./member.ts";
import { memberParts, shownName } from "./member-name.ts";

/**
 * Writes the files and folders of an archive into the empty `folder`: readable only by the owner, not executable, with
 * their modification times. Returns the number of other members. Refuses names that leave the folder, duplicate names,
 * and members below a link.
 */
export async function writeMembers(
  members: AsyncIterable<Member>,
  folder: string,
  meter: Meter,
  signal: AbortSignal,
): Promise<number> {
  const leftOut = new Set<string>();
  const checkSpace = watchSpace(folder);
  for await (const { name, kind, modified, content } of members) {
    signal.throwIfAborted();
    meter.addMember();
    const parts = memberParts(name);
    const path = parts.join("/");
    for (let length = 1; length < parts.length; length++)
      if (leftOut.has(parts.slice(0, length).join("/")))
        throw new OutsideError(`the archive has a member below a link: ${shownName(name)}`);
    if (kind === "other") {
      leftOut.add(path);
      continue;
    }
    try {
      if (kind === "folder") await makeFolder(folder, path, meter);
      else await writeFile(folder, path, content, meter, checkSpace, modified);
    } catch (error) {
      throw refusal(error, name);
    }
    await checkSpace(0);
  }
  return leftOut.size;
}

async function writeFile(
  folder: string,
  path: string,
  content: AsyncIterable<Buffer>,
  meter: Meter,
  checkSpace: (bytes: number) => Promise<void>,
  modified: Date | undefined,
): Promise<void> {
  await makeFolder(folder, parentOf(path), meter);
  const file = await open(
    under(folder, path),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
    0o600,
  );
  try {
    for await (const chunk of content) {
      await file.writeFile(chunk);
      await checkSpace(chunk.length);
    }
    const seconds = (modified?.getTime() ?? Number.NaN) / 1000;
    if (seconds >= 0 && seconds < 2 ** 33) await file.utimes(seconds, seconds);
  } finally {
    await file.close();
  }
}

// Every folder counts as a member, even if the archive does not list it, because a few long names create many folders.
async function makeFolder(folder: string, path: string, meter: Meter): Promise<void> {
  if (path === "") return;
  try {
    await mkdir(under(folder, path), 0o700);
    meter.addMember();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await lstat(under(folder, path))).isDirectory()) return;
    if (code !== "ENOENT") throw error;
    await makeFolder(folder, parentOf(path), meter);
    await makeFolder(folder, path, meter);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

// The path as bytes, to preserve names in any encoding.
function under(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
}

function refusal(error: unknown, name: string): unknown {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
  return reason === undefined ? error : new OutsideError(`${reason}: ${shownName(name)}`);
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "the archive has two members with the same name",
  EILSEQ: "this file system does not support the name",
  EINVAL: "this file system does not support the name",
  EISDIR: "the archive has a file without a name",
  ENAMETOOLONG: "the archive has a member whose name is too long",
  ENOTDIR: "the archive has a file and a folder with the same name",
};
