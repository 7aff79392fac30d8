import { type Complaint, type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import type { KeyFiles } from "../plan/resolve-admin.ts";
import { failureText } from "../settings/failure.ts";
import { fileFromSettings } from "../settings/file-from-settings.ts";
import type { WrittenDefaults, WrittenSettings } from "../settings/grammar.ts";
import { placeOfValue } from "../settings/locate.ts";
import type { Tree } from "../settings/read-tree.ts";
import { withName } from "../settings/sensor-names.ts";
import { valueAt } from "../settings/value-at.ts";
import { complainOfText } from "../values/characters.ts";
import { complainOfKeyForm, complainOfSshPublicKey } from "../values/ssh-public-key.ts";
import type { World } from "./world.ts";

/** Reads each file of public keys once, and reports its problems at each place that names it. */
export async function readKeyFiles(
  written: WrittenSettings,
  tree: Tree,
  settingsFile: string,
  world: World,
  only: readonly string[] | undefined,
): Promise<{ readonly keyFiles: KeyFiles; readonly diagnostics: readonly Diagnostic[] }> {
  const keyFiles = new Map<string, readonly string[]>();
  const problems = new Map<string, Complaint>();
  const diagnostics: Diagnostic[] = [];
  for (const { file, path } of references(written, only)) {
    if (!keyFiles.has(file)) {
      const { lines, problem } = await readKeys(fileFromSettings(file, settingsFile, world.home), world);
      keyFiles.set(file, lines);
      if (problem !== undefined) problems.set(file, problem);
    }
    const problem = problems.get(file);
    if (problem !== undefined)
      diagnostics.push(
        diagnose("access/key-file", placeOfValue(tree.root, path), {
          message: `the key file ${isNamed(file, path, tree) ? "" : `${quoted(file)} `}cannot be used: ${problem.message}`,
          hint: problem.hint ?? "file names are relative to the settings file; ~/ is your home directory",
        }),
      );
  }
  return { keyFiles, diagnostics };
}

function* references(
  written: WrittenSettings,
  only: readonly string[] | undefined,
): Generator<{ readonly file: string; readonly path: Path }> {
  const sensors = [...written.sensors.entries()].filter(
    ([, { name }]) => only === undefined || only.includes(name),
  );
  const heirs = sensors.flatMap(([, { name, admin }]) => (admin?.ssh_keys === undefined ? [name] : []));
  yield* filesOf(written.defaults, ["defaults"], heirs);
  for (const [index, sensor] of sensors) yield* filesOf(sensor, ["sensors", index], [sensor.name]);
}

/** Whether the settings name this file in full. */
function isNamed(file: string, path: Path, { value }: Tree): boolean {
  return valueAt(value, path) === file;
}

/** The key files of one map of settings. `names` are the sensors that use it, one after another in place of {sensor}. */
function* filesOf(
  settings: WrittenDefaults | undefined,
  at: Path,
  names: readonly string[],
): Generator<{ readonly file: string; readonly path: Path }> {
  for (const [index, key] of (settings?.admin?.ssh_keys ?? []).entries()) {
    if (typeof key === "string") continue;
    const path = [...at, "admin", "ssh_keys", index, "file"];
    const files = key.file.includes("{sensor}") ? names.map((name) => withName(key.file, name)) : [key.file];
    for (const file of files) yield { file, path };
  }
}

/** Maximum size of a key file in bytes: thousands of lines. */
const largestKeyFileBytes = 1 << 20;

/** The key lines of one file, or why it cannot be used. */
export async function readKeys(
  file: string,
  world: World,
): Promise<{ lines: readonly string[]; problem?: Complaint }> {
  const refuse = (message: string, hint?: string) => ({
    lines: [],
    problem: { message, ...(hint !== undefined && { hint }) },
  });
  let bytes: Uint8Array;
  try {
    const { isFile, size } = await world.stat(file);
    if (!isFile) return refuse("it is not a regular file");
    if (size > largestKeyFileBytes) return refuse("it is larger than 1 MiB");
    bytes = await world.readFile(file);
  } catch (error) {
    return refuse(failureText(error));
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return refuse("it is UTF-16 text, as written by > in PowerShell", "save it as UTF-8");
  const text = new TextDecoder().decode(bytes);
  const form = complainOfKeyForm(text);
  if (form !== undefined) return { lines: [], problem: form };
  const lines: string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replaceAll("\t", " ").trim();
    if (line === "" || line.startsWith("#")) continue;
    const complaint = complainOfText(line) ?? complainOfSshPublicKey(line);
    if (complaint) return refuse(`line ${index + 1}: ${complaint.message}`, complaint.hint);
    lines.push(line);
  }
  return lines.length > 0 ? { lines } : refuse("it contains no key");
}
