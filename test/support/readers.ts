import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const python = `
import base64, io, json, lzma, sys, tarfile, yaml
answers = []
for text in json.load(sys.stdin):
    files = {}
    for entry in yaml.safe_load(text)["write_files"]:
        content = entry["content"].encode()
        if entry.get("encoding") == "b64":
            content = base64.b64decode(content)
        if entry["path"].endswith(".lzma.b85"):
            content = lzma.decompress(base64.b85decode(content))
        if ".tar." in entry["path"]:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for member in archive:
                    assert member.isfile() and member.uid == member.gid == member.mtime == 0
                    files["/" + member.name] = [member.mode, archive.extractfile(member).read().hex()]
        else:
            files[entry["path"]] = [int(entry["permissions"], 8), content.hex()]
    answers.append(files)
json.dump(answers, sys.stdout)
`;

/** What Python finds in each cloud-config: by path of `write_files`, or of the archive in it, mode and bytes in hexadecimal. */
export function filesByPython(configs: readonly string[]): readonly unknown[] {
  // Debian's interpreter, which has the YAML that cloud-init uses.
  const input = JSON.stringify(configs);
  return JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", python], { input, encoding: "utf8", maxBuffer: 1e9 }),
  );
}

/** The variables of a shell after it has read an environment file. */
export function readByShell(shell: string, content: string): Readonly<Record<string, string>> {
  return readAllByShell(shell, [content])[0] ?? {};
}

/** As {@link readByShell} for several files, each in a subshell of one process. */
export function readAllByShell(
  shell: string,
  contents: readonly string[],
): readonly Readonly<Record<string, string>>[] {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-settings-"));
  try {
    const files = contents.map((_, index) => join(folder, String(index)));
    for (const [index, file] of files.entries()) writeFileSync(file, contents[index] ?? "");
    // No variable is empty text, so two zero bytes in a row separate the files.
    const script = `for file; do (set -a; . "$file"; unset file; exec env --null); printf '\\0'; done`;
    const out = execFileSync(shell, ["-eu", "-c", script, shell, ...files], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", SHLVL: "1" },
      maxBuffer: 1e9,
    });
    return out.split("\0\0").slice(0, -1).map(variables);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function variables(out: string): Readonly<Record<string, string>> {
  const pairs = out.split("\0").filter((pair) => pair !== "" && !/^(PATH|PWD|OLDPWD|SHLVL|_)=/.test(pair));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** Bytes in hexadecimal, as Python writes them. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
