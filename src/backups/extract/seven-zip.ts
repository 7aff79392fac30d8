import type { Readable } from "node:stream";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { Damaged, readBytes } from "./byte-reader.ts";
import { checkSpace } from "./free-space.ts";
import { type Limits, type Meter, startMeter } from "./limits.ts";
import type { Member } from "./member.ts";
import { type Ended, linesOf, outputOf, startTool, type Tool } from "./start-tool.ts";

const programs = ["7zz", "7z"];

/** Maximum length of a line in a listing. */
const longestLine = 1 << 16;

export type SevenZipArchive = {
  readonly path: string;
  readonly format: "zip" | "7z";
  readonly bytes: number;
};

/**
 * The members of a zip or 7z archive. 7-Zip reads the password from standard input and writes no files: it lists the
 * members, then sends the content of all of them through a pipe. The announced sizes are checked against the limits and
 * the free space in `folder` before unpacking.
 */
export async function* readSevenZip(
  archive: SevenZipArchive,
  password: string | undefined,
  { folder, limits, meter }: { readonly folder: string; readonly limits: Limits; readonly meter: Meter },
  signal: AbortSignal,
): AsyncGenerator<Member> {
  const start = (command: string, ...options: readonly string[]) =>
    startTool(
      programs,
      [command, ...options, `-t${archive.format}`, "--", archive.path],
      signal,
      `${password ?? ""}\n`,
    );
  const listed = await list(await start("l", "-slt", "-ba", "-sccUTF-8"), startMeter(limits, archive.bytes));
  await checkSpace(
    folder,
    listed.reduce((sum, { size }) => sum + size, 0),
  );

  const tool = await start("x", "-so", "-bd");
  try {
    const output = outputOf(tool.output, meter, async () => judge(await tool.end, []));
    const bytes = readBytes(output);
    for (const { name, kind, modified, size } of listed) {
      const content = bytes.chunks(size);
      yield {
        name,
        kind,
        modified,
        content: { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) },
      };
      // The unread rest, for example of a link.
      for await (const _ of content);
    }
    if ((await bytes.drain()) > 0) throw new Damaged("the archive contains more than it lists");
  } finally {
    await tool.stop();
  }
}

type Listed = Omit<Member, "content"> & { readonly size: number };

async function list(tool: Tool, meter: Meter): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  // Lines before the first member: a prompt, or an error.
  const others: string[] = [];
  let block: Map<string, string> | undefined;
  const close = () => {
    if (block === undefined) return;
    const member = memberOf(block);
    meter.addBytes(member.size);
    listed.push(member);
  };
  try {
    for await (const line of linesIn(tool.output)) {
      const [, key, value = ""] = /^([A-Z][A-Za-z ]*) = (.*)$/s.exec(line) ?? [];
      if (key === "Path") {
        meter.addMember();
        close();
        block = new Map();
      }
      if (block === undefined) others.push(line.slice(0, 1000));
      else if (key !== undefined && !block.has(key)) block.set(key, value);
    }
    close();
    judge(await tool.end, others.slice(-20));
    return listed;
  } finally {
    await tool.stop();
  }
}

// Only a line feed ends a line: 7-Zip shows a line feed in a name as `_`, but keeps a carriage return.
async function* linesIn(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + (chunk as Buffer).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield process.platform === "win32" ? line.replace(/\r$/, "") : line;
    if (rest.length > longestLine) throw new Damaged("the archive is damaged: a name has no end");
  }
  if (rest !== "") yield rest;
}

// A link is recognised by its file mode, by Windows' attribute, or by its own key.
function memberOf(block: ReadonlyMap<string, string>): Listed {
  const said = (key: string) => block.get(key) ?? "";
  const attributes = said("Attributes");
  const [, type = ""] = /(?:^| )([-dlbcps])[-rwxsStT]{9}$/.exec(attributes) ?? [];
  const isOther =
    (type !== "" && !"-d".includes(type)) ||
    /^[A-Z]*L/.test(attributes) ||
    ["Symbolic Link", "Hard Link"].some((key) => said(key) !== "") ||
    ["Anti", "Alternate Stream"].some((key) => said(key) === "+");
  const isFolder = said("Folder") === "+" || type === "d" || /^[A-Z]*D/.test(attributes);
  const size = said("Size");
  if (!/^\d{0,15}$/.test(size)) throw new Damaged("the archive is damaged: a member has no size");
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(said("Modified")) ?? [];
  return {
    name: said("Path"),
    kind: isOther ? "other" : isFolder ? "folder" : "file",
    modified: day === undefined ? undefined : new Date(`${day}T${time}Z`),
    // 7-Zip does not send content that is stored for a folder.
    size: isFolder && !isOther ? 0 : Number(size),
  };
}

function judge({ code, said }: Ended, output: readonly string[]): void {
  if (code === 0) return;
  const lines = [...linesOf(output.join("\n")), ...said];
  if (lines.some((line) => /wrong password|can ?not open encrypted/i.test(line)))
    throw new OutsideError(
      "the password is wrong",
      "use the backup.password that was set when the sensor made the archive",
    );
  throw new OutsideError(`7-Zip could not read it: ${lines.at(-1) ?? `exit code ${code}`}`);
}
