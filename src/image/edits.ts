import { OutsideError } from "../diagnostics/outside-error.ts";

/** The smallest limit of a Pi's kernels (32-bit: 1024 with the final zero; the firmware itself adds some 200). */
const longestCmdline = 800;

/**
 * Adds words to the single line of `cmdline.txt`. A word `key=value` replaces those with the same key; an existing word
 * keeps its position.
 */
export function editCmdline(text: string, words: readonly string[]): string {
  const bad = words.find((word) => !/^[\x21-\x7e]+$/.test(word));
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is not valid on the kernel's command line`);
  const [line = "", ...rest] = text.split(/\r?\n/);
  if (rest.some((more) => more.trim() !== ""))
    throw new OutsideError(
      "cmdline.txt of the image has more than one line, but the Pi would read only the first",
    );
  if (words.every((word) => line.split(/\s+/).includes(word))) return text;
  let present: readonly string[] = line.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  for (const word of words) {
    if (present.includes(word)) continue;
    const key = word.includes("=") ? word.slice(0, word.indexOf("=") + 1) : undefined;
    present = [...present.filter((other) => key === undefined || !other.startsWith(key)), word];
  }
  const edited = present.join(" ");
  if (edited.length > longestCmdline)
    throw new OutsideError(
      `cmdline.txt would be ${edited.length} characters long, and a Pi reads ${longestCmdline} for certain`,
    );
  return `${edited}\n`;
}

const begin = "# sensorbake: begin";
const end = "# sensorbake: end";

/** Puts lines into our own block at the end of `config.txt`; without lines it removes the block. */
export function editConfig(text: string, lines: readonly string[]): string {
  const bad = lines.find((line) => !/^[\x20-\x7e]*$/.test(line));
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is not a line for config.txt`);
  const start = text.indexOf(`${begin}\n`);
  const stop = text.indexOf(`${end}\n`, start);
  const own = start === -1 || stop === -1 ? text : text.slice(0, start) + text.slice(stop + end.length + 1);
  if (lines.length === 0) return own;
  const gap = own === "" || own.endsWith("\n") ? "" : "\n";
  return `${own}${gap}${[begin, "[all]", ...lines, end].join("\n")}\n`;
}
