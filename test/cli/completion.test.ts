import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// PowerShell is not in Debian: its script was never run.

const test = suite("cli/completion");

const folder = mkdtempSync(join(tmpdir(), "sensorbake-completion-"));
writeFileSync(
  join(folder, "sensors.yaml"),
  "version: 1\nsensors:\n  - name: fra-vps\n  - name: nyc-vps\n  - name: $(touch /tmp/hostile)\n  - name: 7\n  - nothing\n",
);
writeFileSync(join(folder, "broken.yaml"), "sensors: [{name: fra-vps}, {");

writeFileSync(
  join(folder, "class.yaml"),
  "version: 1\nsensors_from: students.csv\nsensors:\n  - name: lab-[09-10]\n  - name: lab-[9-\n",
);
writeFileSync(join(folder, "students.csv"), "target,name\npi,ada\npi,pi-[1-2]\npi,$(touch /tmp/hostile)\n");

const expected: readonly (readonly [words: readonly string[], found: readonly string[]])[] = [
  [["che"], ["check"]],
  [["help", "know"], ["known-host"]],
  [["check", "sensors.yaml", "--str"], ["--strict"]],
  [
    ["check", "sensors.yaml", "--format", ""],
    ["text", "json"],
  ],
  [
    ["check", "sensors.yaml", "--sensor", ""],
    ["fra-vps", "nyc-vps"],
  ],
  [["build", "--output", "out", "sensors.yaml", "--sensor", "n"], ["nyc-vps"]],
  // While it is typed.
  [["apply", "broken.yaml", "--sensor", ""], ["fra-vps"]],
  [["apply", "none.yaml", "--sensor", ""], []],
  [["completion", "po"], ["powershell"]],
  [
    ["check", "class.yaml", "--sensor", ""],
    ["lab-09", "lab-10", "ada", "pi-1", "pi-2"],
  ],
  [["nothing", ""], []],
];

for (const [words, found] of expected)
  test(`completes ${words.join(" ")}`, async () => {
    const { code, stdout } = await sensorbake(["complete", "--", ...words], { cwd: folder });
    assert.is(code, 0);
    assert.equal(stdout.toString().split("\n").filter(Boolean), found);
  });

test("names of files are candidates where a file is expected", async () => {
  for (const words of [
    ["check", ""],
    ["build", "sensors.yaml", "--output", ""],
  ])
    assert.is((await sensorbake(["complete", "--", ...words])).stdout.toString(), ":files\n");
});

const shells: readonly (readonly [shell: string, words: (line: readonly string[]) => readonly string[]])[] = [
  [
    "bash",
    (line) => [
      "--norc",
      "-c",
      `source ./script; COMP_WORDS=(sensorbake ${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length}; _sensorbake 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
  ],
  [
    "zsh",
    (line) => [
      "-f",
      "-c",
      `compdef() { :; }; compadd() { print -l -- \${@:2}; }; _files() { print -l -- *; }; source ./script; words=(sensorbake ${line.map((word) => `'${word}'`).join(" ")}); CURRENT=${line.length + 1}; _sensorbake`,
    ],
  ],
  [
    "fish",
    (line) => ["--no-config", "-c", `source ./script; complete --do-complete 'sensorbake ${line.join(" ")}'`],
  ],
];

for (const [shell, words] of shells)
  needs(shell)(test, `${shell} completes commands, sensors and files`, async () => {
    const script = (await sensorbake(["completion", shell])).stdout;
    writeFileSync(join(folder, "script"), script);
    writeFileSync(
      join(folder, "sensorbake"),
      `#!/bin/sh\nexec '${process.execPath}' '${join(packageRoot(), "dist/sensorbake.js")}' "$@"\n`,
      { mode: 0o755 },
    );
    const complete = async (...line: readonly string[]): Promise<readonly string[]> => {
      const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
      const inFolder = ["-C", folder, shell, ...words(line)];
      const { stdout } = await execute("env", inFolder, env);
      return stdout.split("\n").filter(Boolean).sort();
    };
    assert.equal(await complete("che"), ["check"]);
    assert.equal(await complete("check", "sensors.yaml", "--sensor", ""), ["fra-vps", "nyc-vps"]);
    assert.ok((await complete("check", "")).includes("sensors.yaml"));
  });

test("an unknown shell is wrong usage that names the shells", async () => {
  const { code, stderr } = await sensorbake(["completion", "tcsh"]);
  assert.is(code, 2);
  assert.match(stderr, /bash, zsh, fish, powershell/);
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
