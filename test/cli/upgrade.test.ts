import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { UpgradeOptions } from "../../src/cli/upgrade/options.ts";
import { renderDiff } from "../../src/cli/upgrade/render-diff.ts";
import { upgrade } from "../../src/cli/upgrade/run.ts";
import { writeUpgraded } from "../../src/cli/upgrade/write-upgraded.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { largestFileBytes } from "../../src/load/read-source.ts";
import { schemaText } from "../../src/settings/json-schema.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { recordedStreams } from "../support/recorded-streams.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/upgrade");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-upgrade-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const versions = { since: "0.0.1", refusedFrom: "0.0.2" };
const [newest, older] = ["b".repeat(40), "a".repeat(40)];
const tables = {
  deprecations: [
    { ...versions, from: "capture.days", to: "capture.keep_days" },
    { ...versions, from: "keep_logs", to: "logs.keep_days" },
  ],
  refs: { "dshield.ref": [newest, older] },
};
const modeline = "# yaml-language-server: $schema=sensorbake.schema.json\n";
const settings = (before: string) => `${before}version: 1
defaults:
  target: hetzner
  admin: {ssh_keys: ["${ed25519Key}"], allow_from: [198.52.100.0/24]}
  backup: {password: Tr0ub4dor}
  dshield: {ref: ${older}} # reviewed
sensors_from: students.csv
sensors:
  - name: a
    capture: {days: 3}
`;
const csv = "name,capture.days\nb,4\n";
const place = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(place(name), "utf8");

/** Runs the command with the tables of this test, which the program itself does not have. */
async function run(names: readonly string[], given: Partial<UpgradeOptions> = {}) {
  const { streams, result, said } = recordedStreams();
  const local = (text: string) => text.replaceAll(`${folder}/`, "");
  const options: UpgradeOptions = { write: false, check: false, format: "text", ...given };
  const context = { streams, signal: new AbortController().signal };
  const code = await upgrade(names.map(place), options, context, tables);
  return { code, stdout: local(result()), said: said.map(local) };
}

test("shows every change as a diff without secrets, and writes nothing", async () => {
  writeFileSync(place("s.yaml"), settings(""));
  writeFileSync(place("students.csv"), csv);
  const { code, stdout, said } = await run(["s.yaml"]);
  assert.is(code, 0);
  assert.is(
    stdout,
    `--- s.yaml
+++ s.yaml
@@ -1,10 +1,11 @@
+# yaml-language-server: $schema=sensorbake.schema.json
 version: 1
 defaults:
   target: hetzner
   admin: {ssh_keys: ["${ed25519Key}"], allow_from: [198.52.100.0/24]}
   backup: {password: ***}
-  dshield: {ref: ${older}} # reviewed
+  dshield: {ref: ${newest}} # reviewed
 sensors_from: students.csv
 sensors:
   - name: a
-    capture: {days: 3}
+    capture: {keep_days: 3}
--- students.csv
+++ students.csv
@@ -1,2 +1,2 @@
-name,capture.days
+name,capture.keep_days
 b,4
`,
  );
  assert.equal(said, [
    "s.yaml: the first line names the schema, for editors",
    "s.yaml: capture.days becomes capture.keep_days",
    "s.yaml: dshield.ref becomes the commit that this version of sensorbake was reviewed with",
    "students.csv: capture.days becomes capture.keep_days",
    "sensorbake.schema.json: the schema becomes the one of this version",
    "Apply these changes: sensorbake upgrade --write s.yaml",
  ]);
  assert.is(read("s.yaml"), settings(""));
  assert.equal(readdirSync(folder).sort(), ["s.yaml", "students.csv"]);
  assert.is((await run(["s.yaml"], { check: true })).code, 1);
});

test("masks a private key without an end in the last line, although its mask reaches into the CSV file", async () => {
  const text = settings(modeline);
  writeFileSync(place("s.yaml"), `${text}    # b3BlbnNzaC1rZXktdjEAAAAATr0ub4dor\n`);
  writeFileSync(place("students.csv"), csv);
  const { stdout } = await run(["s.yaml"]);
  assert.match(stdout, "+    capture: {keep_days: 3}");
  assert.match(stdout, "    # ***");
  assert.not.match(stdout, "Tr0ub4dor");
});

test("--write changes the file behind a symlink and keeps its mode and its byte order mark", async () => {
  mkdirSync(place("real"));
  writeFileSync(place("real/s.yaml"), `\ufeff${settings(modeline)}`);
  writeFileSync(place("students.csv"), csv);
  writeFileSync(place("sensorbake.schema.json"), '{"title": "Settings of sensorbake"}');
  chmodSync(place("real/s.yaml"), 0o640);
  symlinkSync("real/s.yaml", place("s.yaml"));
  const { code, stdout } = await run(["s.yaml"], { write: true });
  assert.equal([code, stdout], [0, ""]);
  assert.ok(lstatSync(place("s.yaml")).isSymbolicLink());
  assert.is(statSync(place("real/s.yaml")).mode & 0o777, 0o640);
  assert.is(
    read("real/s.yaml"),
    `\ufeff${settings(modeline).replace(older, newest).replace("days: 3", "keep_days: 3")}`,
  );
  assert.is(read("students.csv"), "name,capture.keep_days\nb,4\n");
  assert.is(read("sensorbake.schema.json"), schemaText());
  assert.equal(readdirSync(place("real")), ["s.yaml"]);
  const again = await run(["s.yaml"], { check: true });
  assert.equal(again, { code: 0, stdout: "", said: ["s.yaml: nothing to upgrade"] });
});

needs("root")(test, "--write keeps the owner of a file", async () => {
  writeFileSync(place("s.yaml"), settings(modeline));
  writeFileSync(place("students.csv"), csv);
  chmodSync(place("s.yaml"), 0o644);
  chownSync(place("s.yaml"), 1234, 2345);
  assert.is((await run(["s.yaml"], { write: true })).code, 0);
  const { uid, gid, mode } = statSync(place("s.yaml"));
  assert.equal([uid, gid, mode & 0o777], [1234, 2345, 0o644]);
  assert.match(read("s.yaml"), newest);
});

test("a file with errors is left, and the others are upgraded", async () => {
  writeFileSync(place("students.csv"), csv);
  writeFileSync(place("good.yaml"), settings(modeline));
  writeFileSync(place("bad.yaml"), settings(modeline).replace("target:", "tarjet:"));
  writeFileSync(place("anchor.yaml"), settings(modeline).replace("- name", "- &a\n    name"));
  writeFileSync(place("twice.yaml"), settings(modeline).replace("days: 3", "days: 3, keep_days: 4"));
  const { code, said } = await run(["bad.yaml", "anchor.yaml", "twice.yaml", "good.yaml"], { write: true });
  assert.is(code, 1);
  const text = said.join("\n");
  assert.match(text, 'bad.yaml:4:3: error: unknown key "tarjet" [settings/unknown-key]');
  assert.match(text, "bad.yaml: not upgraded; fix these errors first");
  assert.match(text, "settings take no anchor");
  assert.match(text, "capture.days was renamed to capture.keep_days, and both are written here");
  assert.not.match(text, "Tr0ub4dor");
  assert.match(read("bad.yaml"), older);
  assert.match(read("anchor.yaml"), older);
  assert.match(read("good.yaml"), newest);
  assert.is((await run(["none.yaml"])).code, 3);
});

test("reports deprecated settings that it cannot rewrite, and changes nothing", async () => {
  writeFileSync(place("students.csv"), csv);
  const text = settings(modeline).replace("    capture: {days: 3}", "    ? keep_logs\n    : 3");
  writeFileSync(place("s.yaml"), text);
  const { code, said } = await run(["s.yaml"], { write: true });
  assert.is(code, 1);
  assert.match(said[0] ?? "", "s.yaml:11:7: error: keep_logs was renamed to logs.keep_days");
  assert.match(said[1] ?? "", "s.yaml: not upgraded; change these settings by hand");
  assert.equal([read("s.yaml"), read("students.csv")], [text, csv]);
});

test("leaves a file that would become too large", async () => {
  const text = settings("").replace("sensors_from: students.csv\n", "").replace("days: 3", "keep_days: 3");
  const full = `${text}#${"x".repeat(largestFileBytes - text.length - 2)}\n`;
  writeFileSync(place("s.yaml"), full);
  const { code, said } = await run(["s.yaml"], { write: true });
  assert.is(code, 1);
  assert.match(said[0] ?? "", "[source/too-large]");
  assert.is(read("s.yaml"), full);
});

test("prints JSON", async () => {
  writeFileSync(place("s.yaml"), settings(modeline));
  writeFileSync(place("students.csv"), csv);
  const { stdout } = await run(["s.yaml", "s.yaml"], { format: "json", write: true });
  const { files } = JSON.parse(stdout);
  assert.equal(
    files.map(({ file, changes, written }: Record<string, unknown>) => [file, changes, written]),
    [
      [
        "s.yaml",
        [
          { setting: "capture.days", what: "becomes capture.keep_days", places: 1 },
          {
            setting: "dshield.ref",
            what: "becomes the commit that this version of sensorbake was reviewed with",
            places: 1,
          },
        ],
        true,
      ],
      ["students.csv", [{ setting: "capture.days", what: "becomes capture.keep_days", places: 1 }], true],
      [
        "sensorbake.schema.json",
        [{ setting: "the schema", what: "becomes the one of this version", places: 1 }],
        true,
      ],
    ],
  );
  assert.match(files[0].diff, `+  dshield: {ref: ${newest}} # reviewed`);
});

test("refuses a file that another program changed meanwhile", async () => {
  writeFileSync(place("s.yaml"), "new");
  const change = { file: "s.yaml", path: place("s.yaml"), before: "old", after: "x", changes: [] };
  const shown = { before: "", after: "" };
  let message = "";
  await writeUpgraded({ ...change, shown }).catch((error) => {
    message = error.message;
  });
  assert.is(message, "s.yaml was changed by another program");
  assert.is(read("s.yaml"), "new");
});

test("escapes what a terminal would interpret in a diff", () => {
  assert.is(
    renderDiff("s.yaml", "a\t\u202eb\r\n", "a\r\n", { color: true }),
    "--- s.yaml\n+++ s.yaml\n\u001b[36m@@ -1,1 +1,1 @@\u001b[39m\n\u001b[31m-a\t\\u{202e}b\u001b[39m\n\u001b[32m+a\u001b[39m\n",
  );
});

test("the command adds the line with the schema and refreshes the schema", async () => {
  const text = settings("").replace("sensors_from: students.csv\n", "").replace("days: 3", "keep_days: 3");
  writeFileSync(place("s.yaml"), text);
  const call = (...words: string[]) => sensorbake(["upgrade", ...words], { cwd: folder });
  assert.is((await call("--check", "s.yaml")).code, 1);
  const { code, stdout, stderr } = await call("--write", "s.yaml");
  assert.equal(
    [code, stdout.toString(), stderr],
    [
      0,
      "",
      "s.yaml: the first line names the schema, for editors\nsensorbake.schema.json: the schema becomes the one of this version\n",
    ],
  );
  assert.is(read("s.yaml"), modeline + text);
  assert.is((await call("--check", "s.yaml")).code, 0);

  // Another schema, a foreign file with the name of ours, and none for standard input.
  writeFileSync(place("sensorbake.schema.json"), "{}");
  assert.is((await call("--check", "s.yaml")).code, 0);
  rmSync(place("sensorbake.schema.json"));
  writeFileSync(place("s.yaml"), `# yaml-language-server: $schema=https://example.org/s.json\n${text}`);
  assert.is((await call("--write", "s.yaml")).code, 0);
  assert.not.ok(existsSync(place("sensorbake.schema.json")));
  const input = await sensorbake(["upgrade", "--write", "-"], { cwd: folder, input: text });
  assert.equal([input.code, input.stdout.toString()], [0, text]);
});

test("the commands of docs/install.md upgrade a file", async () => {
  const text = settings("").replace("sensors_from: students.csv\n", "").replace("days: 3", "keep_days: 3");
  writeFileSync(place("sensors.yaml"), text);
  const page = readFileSync(join(packageRoot(), "docs/install.md"), "utf8");
  const [, block = ""] = /```sh test\/cli\/upgrade\.test\.ts\n([^`]*)```/.exec(page) ?? [];
  const commands = block.trim().split("\n");
  assert.is(commands.length, 2);
  for (const command of commands) {
    const { code, stderr } = await sensorbake(command.split(" ").slice(1), { cwd: folder });
    assert.is(code, 0, stderr);
  }
  assert.is(read("sensors.yaml"), modeline + text);
});

test.run();
