import { chmod, mkdtemp, readdir, rm, statfs, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { memberParts } from "./member-name.ts";
import { startTool } from "./run-tool.ts";

const programs = ["7zz", "7z"];

/**
 * Unpacks a zip or 7z archive with 7-Zip, the password on its standard input. The members are looked at first: what
 * would leave the folder makes it refused, links and devices are left out. Gives how many.
 */
export async function extractSevenZip(
  archive: string,
  folder: string,
  password: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const input = `${password ?? ""}\n`;
  const listing = await run(["l", "-slt", "-ba", "-sccUTF-8", "--", archive], input, signal);
  const members = parseListing(listing);
  const links = new Set(members.filter(({ kind }) => kind !== "-" && kind !== "d").map(({ name }) => name));
  for (const { name } of members) {
    const parts = memberParts(name);
    // Without the link there would be nothing to follow; an archive that means to is no backup.
    for (let length = 1; length < parts.length; length++)
      if (links.has(parts.slice(0, length).join("/")))
        throw new OutsideError(
          `the archive has a member below a link: ${name}`,
          "nothing of it was unpacked",
        );
  }
  const bytes = members.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(folder);
  if (bytes > bavail * bsize)
    throw new OutsideError(
      `unpacked it needs ${Math.ceil(bytes / 1e6)} MB, ${Math.floor((bavail * bsize) / 1e6)} MB are left`,
    );
  const work = await mkdtemp(join(tmpdir(), "sensorbake-extract-"));
  try {
    const leftOut = join(work, "left-out");
    await writeFile(leftOut, [...links].map((name) => `${name}\n`).join(""));
    // -spd: the names are names, not patterns.
    const exclude = links.size > 0 ? [`-x@${leftOut}`, "-scsUTF-8"] : [];
    await run(["x", "-y", "-bd", "-spd", `-o${folder}`, ...exclude, "--", archive], input, signal);
  } finally {
    await rm(work, { recursive: true });
  }
  return links.size + (await tame(folder));
}

type Member = { readonly name: string; readonly kind: string; readonly size: number };

// Blocks of `Key = value`, a `Path` first; the kind of file is the first letter of the mode, where there is one.
function parseListing(text: string): readonly Member[] {
  const members: { name: string; kind: string; size: number }[] = [];
  for (const line of text.split("\n")) {
    const [, key, value = ""] = /^(Path|Size|Attributes|Folder) = (.*)$/.exec(line) ?? [];
    const current = members.at(-1);
    if (key === "Path") members.push({ name: value, kind: "-", size: 0 });
    else if (current === undefined) continue;
    else if (key === "Size") current.size = Number(value) || 0;
    else if (key === "Attributes")
      current.kind = /(?:^| )([-dlbcps])[-rwxsStT]{9}$/.exec(value)?.[1] ?? current.kind;
  }
  return members;
}

async function run(args: readonly string[], input: string, signal: AbortSignal): Promise<string> {
  const tool = await startTool(programs, args, signal, input);
  const chunks: Buffer[] = [];
  for await (const chunk of tool.child.stdout ?? []) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const { code, said } = await tool.end;
  if (code === 0) return text;
  if (/wrong password|can ?not open encrypted/i.test(`${said}\n${text}`))
    throw new OutsideError(
      "the password does not open it",
      "it is that of backup.password when the sensor made the archive",
    );
  throw new OutsideError(`7-Zip could not read it: ${(said || text).trim().split("\n").at(-1)}`);
}

// Nothing is executable or open to others, and nothing but files and folders is there, whatever the listing said.
async function tame(folder: string): Promise<number> {
  let removed = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await chmod(path, 0o700);
      removed += await tame(path);
    } else if (entry.isFile()) await chmod(path, 0o600);
    else {
      await unlink(path);
      removed += 1;
    }
  }
  return removed;
}
