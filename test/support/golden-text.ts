import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
import { parse, stringify } from "yaml";
import { compact } from "../../src/artifacts/compact.ts";
import { sha256 } from "../../src/artifacts/digest.ts";
import type { Template } from "../../src/artifacts/payload.ts";

/** A file on the sensor or in a build: its path, its octal mode and its text. */
type Entry = { readonly path: string; readonly mode: string; readonly text: string };

/**
 * What a person should review of a build: every file that `sensorbake` generates, in full, and the programs by
 * name. Encodings of the same content (gzip, base64, archives, checksums) are left to {@link derivedDigests}.
 */
export function goldenText(folder: string, templates: readonly Template[]): string {
  let text = "";
  for (const path of listed(folder)) {
    const mode = (statSync(join(folder, path)).mode & 0o777).toString(8).padStart(4, "0");
    text += `=== ${path} (${mode})\n`;
    if (path.endsWith("/user-data"))
      text += userDataText(readFileSync(join(folder, path), "utf8"), templates);
    else if (path.endsWith(".tar.gz"))
      text += laidText(archived(gunzipSync(readFileSync(join(folder, path)))), templates);
    else if (!isDerived(path)) text += `${readFileSync(join(folder, path), "utf8")}\n`;
  }
  // Sizes follow from the programs too.
  text = text.replaceAll(/\b\d{4,6} bytes( of \d+ \(\d+ %\))?/g, "<size>");
  // The programs archive is named by its digest, which changes with every program.
  for (const path of listed(folder).filter((each) => /programs-[0-9a-f]{12}\.tar\.gz$/.test(each)))
    text = text
      .replaceAll(sha256(readFileSync(join(folder, path))), "<digest of the programs>")
      .replaceAll(/programs-[0-9a-f]{12}/g, "programs-<digest>");
  return text;
}

/** One line for each file of a build whose bytes follow from others: `SHA256  PATH`. */
export function derivedDigests(folder: string): readonly string[] {
  return listed(folder)
    .filter((path) => isDerived(path) || path.endsWith("/user-data") || path.endsWith(".tar.gz"))
    .map((path) => `${sha256(readFileSync(join(folder, path)))}  ${path}`);
}

/** Fails with a diff unless a generated text is as expected; `words` of `npm test` regenerate it. */
export function assertText(want: string, built: string, words: string): void {
  if (want !== built)
    throw new Error(`${diffOf(want, built)}\nIf this is intended: npm test -- ${words} --update`);
}

/** A unified diff of two texts, `-` for what is in the golden and `+` for what was built. */
export function diffOf(golden: string, built: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-diff-"));
  try {
    writeFileSync(join(folder, "golden"), golden);
    writeFileSync(join(folder, "built"), built);
    execFileSync("diff", ["--unified=3", "golden", "built"], { cwd: folder, encoding: "utf8" });
    return "";
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// cloud-init's file without what it lays on the disk, then each of those files.
function userDataText(text: string, templates: readonly Template[]): string {
  const { write_files: laid = [], ...rest } = parse(text) as {
    write_files?: readonly { path: string; permissions: string; content: string; encoding?: string }[];
  };
  const entries = laid.flatMap(({ path, permissions, content, encoding }) => {
    const bytes = encoding === undefined ? Buffer.from(content) : Buffer.from(content, "base64");
    const archive = { path, mode: permissions, text: "" };
    if (path.endsWith(".tar.gz")) return [archive, ...archived(gunzipSync(bytes))];
    if (path.endsWith(".tar.lzma.b85")) return [archive, ...archived(fromDense(content))];
    return [
      { path, mode: permissions, text: encoding === undefined ? content : gunzipSync(bytes).toString() },
    ];
  });
  return stringify(rest, { lineWidth: 0 }) + laidText(entries, templates);
}

function archived(bytes: Uint8Array): readonly Entry[] {
  return parseTar(bytes).map(({ name, attrs, data }) => ({
    path: `/${name}`,
    mode: `0${attrs?.mode?.replace(/^0+/, "")}`,
    text: Buffer.from(data ?? []).toString(),
  }));
}

// As the sensor's first boot decodes it.
function fromDense(text: string): Buffer {
  const program =
    "import base64, lzma, sys; sys.stdout.buffer.write(lzma.decompress(base64.b85decode(sys.stdin.read())))";
  return execFileSync("python3", ["-c", program], { input: text, maxBuffer: 1 << 24 });
}

function laidText(entries: readonly Entry[], templates: readonly Template[]): string {
  return entries
    .map((entry) => {
      const head = `--- ${entry.path} (${entry.mode})`;
      return isProgram(entry, templates) ? `${head} is in templates/\n` : `${head}\n${entry.text}\n`;
    })
    .join("");
}

function isProgram({ path, text }: Entry, templates: readonly Template[]): boolean {
  const template = templates.find((each) => each.path === path)?.text;
  if (template === undefined) return false;
  return text === template || text === compact({ path, mode: 0o644, content: template }).content;
}

function isDerived(path: string): boolean {
  return /(\.gz|\.base64|SHA256SUMS)$/.test(path);
}

function listed(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
