import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fitLines } from "../../src/cli/shared/fit-lines.ts";

const test = suite("cli/fit-lines");

for (const [name, given, want] of [
  ["leaves lines that fit", "one two\n\n  three", "one two\n\n  three"],
  [
    "breaks a message between words",
    "the admin port is reachable from nowhere",
    "the admin port is\n  reachable from\n  nowhere",
  ],
  [
    "continues a hint below its text",
    "  = help: write your own network",
    "  = help: write your\n          own network",
  ],
  [
    "continues a coloured hint below its text",
    " \u001b[2m=\u001b[22m help: write your own network",
    " \u001b[2m=\u001b[22m help: write your\n         own network",
  ],
  ["leaves a command whole", "  = help: ssh -p 12222 analyst@a", "  = help: ssh -p 12222 analyst@a"],
  [
    "leaves a command of another program whole",
    "  export FRA_VPS_PASSWORD='...'",
    "  export FRA_VPS_PASSWORD='...'",
  ],
  [
    "leaves another program's command at the end whole",
    "  = help: with: ssh-keygen -t ed25519",
    "  = help: with:\n          ssh-keygen -t ed25519",
  ],
  [
    "leaves a command at the end whole",
    "  = help: add it, or: ssh -p 22 a@b",
    "  = help: add it, or:\n          ssh -p 22 a@b",
  ],
  [
    "leaves a quoted command whole",
    "  = help: `sensorbake check x.yaml` prints it",
    "  = help: `sensorbake check x.yaml`\n          prints it",
  ],
  [
    "leaves a setting in braces whole",
    "  = help: add {file: a b c d e f g}; it is so",
    "  = help: add\n          {file: a b c d e f g};\n          it is so",
  ],
  [
    "leaves a setting with braces within whole",
    "  = help: add {file: {env: A}, b: c}; it is so",
    "  = help: add\n          {file: {env: A}, b: c};\n          it is so",
  ],
  ["continues the last column", "pi  failed: the disk is full", "pi  failed: the disk\n    is full"],
  [
    "moves the last column of a wide table below its row",
    "SENSOR  REGION   INSTANCE  ssh -p 12222 a@b",
    "SENSOR  REGION   INSTANCE\n  ssh -p 12222 a@b",
  ],
  ["leaves a long word whole", "https://example.org/a/long/path", "https://example.org/a/long/path"],
] as const)
  test(name, () => assert.is(fitLines(given, name.includes("table") ? 26 : 22), want));

const sentence = `${"word ".repeat(29)}end`;
const [start, rest] = [`${"word ".repeat(19)}word`, `${"word ".repeat(9)}end`];
for (const [name, given, want] of [
  ["a sentence", sentence, `${start}\n  ${rest}`],
  ["a hint", `  = help: ${sentence}`, `  = help: ${start}\n          ${rest}`],
  ["the last column", `pi-1  failed  ${sentence}`, `pi-1  failed  ${start}\n              ${rest}`],
] as const)
  test(`breaks ${name} after 100 columns on a wide terminal`, () => assert.is(fitLines(given, 300), want));

test("leaves a row, a command and a line of a settings file whole on a wide terminal", () => {
  for (const line of [
    `${"column  ".repeat(25)}end`,
    `  sensorbake apply ${"word ".repeat(29)}`,
    ` 7 |   ssh_keys: [${sentence}]`,
    `\u001b[2m   |\u001b[22m ${"^".repeat(150)} defaults.admin`,
  ])
    assert.is(fitLines(line, 300), line);
});

for (const [name, sign] of [
  ["a carriage return", "\r"],
  ["a line separator", "\u2028"],
])
  test(`keeps the words around ${name}`, () =>
    assert.is(fitLines(`the disk is full${sign}and the rest`, 22), "the disk is full and\n  the rest"));

test("measures wide letters", () => assert.is(fitLines("蜜罐 蜜罐 蜜罐", 11), "蜜罐 蜜罐\n  蜜罐"));

test.run();
