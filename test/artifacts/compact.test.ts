// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bare, compact } from "../../src/artifacts/compact.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";

const test = suite("artifacts/compact");
const { templates } = await readRelease();
// Those of apply are sent as they are.
const scripts = templates.filter(({ path, text }) => text.startsWith("#!") && !path.startsWith("/var/"));

const programs = templates.filter(({ path }) => path.endsWith(".py"));

test("every program of the sensor is a bash script that can be compacted", () => {
  assert.ok(scripts.length > 10);
  for (const { path, text } of scripts) assert.match(text, /^#!\/usr\/bin\/env bash\n/, path);
});

for (const { path, text } of scripts)
  test(`${path} is the same program without its comments`, () => {
    const { content } = compact({ path, mode: 0o700, content: text });
    assert.is.not(content, text);
    assert.is(parsed(String(content)), bare(parsed(text)));
  });

for (const { path, text } of programs)
  needs("python3")(test, `${path} is the same program without its docstrings`, () => {
    const { content } = compact({ path, mode: 0o644, content: text });
    assert.ok(String(content).length < text.length);
    assert.is(syntaxTree(String(content)), syntaxTree(text));
  });

for (const [given, want] of [
  ['"${a}/${b}"', '"$a/$b"'],
  ['"${a}b ${a}[1] ${a[1]} ${#a} ${a:-b} ${1}"', '"${a}b ${a}[1] ${a[1]} ${#a} ${a:-b} ${1}"'],
] as const)
  test(`braces that mean something stay: ${given}`, () => {
    assert.is(bare(given), want);
  });

test("a data file loses comments and blank lines, and nothing else", () => {
  const content = "# why\n[Unit]\nDescription=a # b\n\n  # indented\n";
  const unit = { path: "/etc/systemd/system/x.service", mode: 0o644, content };
  assert.is(compact(unit).content, "[Unit]\nDescription=a # b\n  # indented\n");
});

test("leaves bytes and secrets as they are", () => {
  for (const content of [new Uint8Array([35, 10]), "#password\n"])
    assert.equal(compact({ path: "/x", mode: 0o600, content }).content, content);
});

// What bash itself understood, written out again by bash, less indentation and empty lines (awk programs
// are strings of several lines, and mean the same without).
function parsed(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-compact-"));
  try {
    writeFileSync(join(folder, "script"), script);
    return execFileSync("bash", ["--pretty-print", "-O", "extglob", join(folder, "script")], {
      encoding: "utf8",
    }).replace(/^\s+/gm, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What Python itself understood, less the docstrings. */
function syntaxTree(program: string): string {
  return execFileSync("python3", ["-I", "-c", dumpTree], { encoding: "utf8", input: program });
}

const dumpTree = `
import ast, sys
tree = ast.parse(sys.stdin.read())
for node in ast.walk(tree):
    body = getattr(node, "body", None)
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
        node.body = body[1:] or [ast.Pass()]
print(ast.dump(tree, indent=1))
`;

test.run();
