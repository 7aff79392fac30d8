import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { processStreams } from "../../src/cli/shared/streams.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { newProgram } from "../../src/program.ts";
import { settingsGrammar } from "../../src/settings/grammar.ts";
import { leavesOf, schemaAt } from "../../src/settings/grammar-walk.ts";
import { ed25519Key } from "../support/keys.ts";
import { sensorbake } from "../support/sensorbake.ts";

// In the documentation, the language of a block of commands tells who runs it: `sh` this test, `sh FILE` the test FILE,
// and `console` nobody, because it needs an account, a machine or a card.

const test = suite("docs/pages");
const root = packageRoot();
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "packer/README.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];
const texts = new Map(
  pages.filter((page) => page.endsWith(".md")).map((page) => [page, readFileSync(join(root, page), "utf8")]),
);

type Block = { readonly page: string; readonly language: string; readonly text: string };
const blocks: readonly Block[] = [...texts].flatMap(([page, text]) =>
  [...text.matchAll(/^ *```(\S.*)\n([\s\S]*?)^ *```$/gm)].map(([, language = "", text = ""]) => ({
    page,
    language,
    text,
  })),
);

test("every link leads to a page and a heading", () => {
  for (const [page, text] of texts)
    for (const [, link = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https:\/\//.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path));
      assert.ok(existsSync(join(root, file)), `${page}: ${link}`);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(join(root, file), "utf8").matchAll(/^#+ (.*)$/gm)].map(
        ([, words = ""]) =>
          words
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
      );
      assert.ok(headings.includes(anchor), `${page}: ${link}`);
    }
});

test("every page and picture is linked from the README, directly or through another page", () => {
  const found = new Set<string>(["README.md"]);
  for (const page of found)
    for (const [, link = ""] of (texts.get(page) ?? "").matchAll(/\]\(([^)#]+\.(?:md|png))[^)]*\)/g))
      found.add(normalize(join(dirname(page), link)));
  assert.equal(
    pages.filter((page) => !found.has(page)),
    [],
  );
});

test("every test that a page names exists", () => {
  for (const [page, text] of texts)
    for (const [, path = ""] of text.matchAll(/`(test\/[\w./-]+)`/g))
      assert.ok(existsSync(join(root, path)), `${page}: ${path}`);
  for (const { page, language } of blocks) {
    const [, test] = /^sh (\S+)$/.exec(language) ?? [];
    if (test !== undefined) assert.match(readFileSync(join(root, test), "utf8"), page);
  }
});

test("every row of the comparison in which sensorbake says yes names its test", () => {
  const page = texts.get("docs/comparison.md") ?? "";
  const yes = [...page.matchAll(/^\| ([^|]+) \| (yes[^|]*) \|/gm)];
  assert.ok(yes.length > 10);
  for (const [, row, cell = ""] of yes) {
    const [, letter] = /\[([a-z])\]$/.exec(cell) ?? [];
    assert.ok(letter && page.includes(`- [${letter}] \`test/`), row);
  }
});

test("every command of sensorbake in a page exists, with its options", () => {
  const program = newProgram({ streams: processStreams(), signal: new AbortController().signal });
  for (const { page, language, text } of blocks.filter(({ language }) => /^(sh|console|text)/.test(language)))
    for (const [line, name = "", rest = ""] of text
      .replaceAll("\\\n", " ")
      .matchAll(/(?:^|\$ |npx |sudo )sensorbake ([a-z][a-z-]*)(.*)$/gm)) {
      const command = program.commands.find((one) => one.name() === name);
      assert.ok(command, `${page} (${language}): ${line}`);
      for (const [, long = ""] of rest.matchAll(/ (--[a-z-]+)/g))
        assert.ok(
          command.options.some((option) => option.long === long),
          `${page}: ${name} has no ${long}`,
        );
    }
});

test("every command of sensorbake within a sentence exists", () => {
  const program = newProgram({ streams: processStreams(), signal: new AbortController().signal });
  const names = ["help", ...program.commands.map((command) => command.name())];
  for (const [page, text] of texts)
    for (const [quoted, name = ""] of text.matchAll(/`(?:npx )?sensorbake ([a-z][a-z-]*)[^`\n]*`/g))
      assert.ok(names.includes(name), `${page}: ${quoted}`);
});

test("docs/install.md shows examples/minimal.yaml without its comments", () => {
  const example = readFileSync(join(root, "examples/minimal.yaml"), "utf8");
  const bare = example
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n");
  assert.ok(texts.get("docs/install.md")?.includes(`\`\`\`yaml\n${bare}\`\`\``));
});

test("every setting has an example, in examples/ or in a page", () => {
  const used = new Set<string>();
  const collect = (value: unknown, path: readonly string[]): void => {
    used.add(path.join("."));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, item] of Object.entries(value)) collect(item, [...path, key.replace(/\+$/, "")]);
  };
  const collectFile = (text: string) => {
    const { defaults, sensors = [], ...part } = (parse(text) ?? {}) as Record<string, unknown>;
    for (const settings of [part, defaults, ...(sensors as readonly unknown[])]) collect(settings, []);
  };
  const examples = readdirSync(join(root, "examples"));
  for (const name of examples.filter((name) => name.endsWith(".yaml")))
    collectFile(readFileSync(join(root, "examples", name), "utf8"));
  for (const { language, text } of blocks) if (language === "yaml") collectFile(text);
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  assert.ok(sensor);
  const settings = [...leavesOf(sensor)].map(({ path }) => path.join("."));
  assert.equal(
    settings.filter((setting) => !used.has(setting)),
    [],
  );
});

// The README's commands run in readme.test.ts, and those of packer/README.md in the tests of Packer.
const typed = blocks.filter(({ page, language }) => language === "sh" && /^docs\//.test(page));
for (const page of new Set(typed.map((block) => block.page)))
  test(`the commands of ${page} run in an empty folder`, () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-page-"));
    try {
      mkdirSync(join(folder, ".ssh"));
      writeFileSync(join(folder, ".ssh/id_ed25519.pub"), `${ed25519Key} me@laptop\n`);
      mkdirSync(join(folder, "bin"));
      symlinkSync(join(root, "dist/sensorbake.js"), join(folder, "bin/sensorbake"));
      mkdirSync(join(folder, "work"));
      const script = typed.filter((block) => block.page === page).map(({ text }) => `cd ~/work\n${text}`);
      const { status, stdout, stderr } = spawnSync("bash", ["-euc", script.join("\n")], {
        encoding: "utf8",
        env: {
          HOME: folder,
          PATH: `${join(folder, "bin")}:${process.env.PATH}`,
          EXAMPLES: join(root, "examples"),
          NO_COLOR: "1",
        },
      });
      assert.is(status, 0, `${stdout}${stderr}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

for (const [words, keys] of [
  [["explain", "examples/minimal.yaml"], "explain"],
  [["user-data", "examples/minimal.yaml"], "user-data"],
  [["kql", "examples/tools.yaml"], "kql"],
  [["build", "examples/minimal.yaml", "--output", "OUT"], "build"],
  [["packer", "examples/minimal.yaml", "--output", "OUT/packer"], "packer"],
  [["monitoring", "examples/notify.yaml", "--output", "OUT/monitoring"], "monitoring"],
] as const)
  test(`docs/reference.md has the keys of ${keys} --format json`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-json-"));
    try {
      const real = words.map((word) => word.replace("OUT", join(folder, "out")));
      const { stdout, stderr } = await sensorbake([...real, "--format", "json"]);
      const row = new RegExp(`^\\| \`${keys}\` \\| (.*) \\|$`, "m").exec(
        texts.get("docs/reference.md") ?? "",
      );
      const listed = [...(row?.[1] ?? "").matchAll(/`(\w+)`/g)].map(([, key]) => key);
      assert.equal(listed.sort(), Object.keys(JSON.parse(stdout.toString())).sort(), stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test.run();
