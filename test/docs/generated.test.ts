import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commandsPage } from "../../src/cli/manual/commands-page.ts";
import { manPage } from "../../src/cli/manual/man-page.ts";
import { processStreams } from "../../src/cli/shared/streams.ts";
import { codesPage } from "../../src/diagnostics/codes-page.ts";
import { filesPage } from "../../src/explain/files-page.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { newProgram } from "../../src/program.ts";
import { referencePage } from "../../src/settings/reference-page.ts";
import { assertText } from "../support/golden-text.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite("docs/generated");
const program = newProgram({ streams: processStreams(), signal: new AbortController().signal });
const { templates } = await readRelease();

const pages: readonly (readonly [file: string, source: string, text: string])[] = [
  ["docs/settings.md", "the grammar", referencePage()],
  ["docs/diagnostics.md", "the table of codes", codesPage()],
  ["docs/commands.md", "the program", commandsPage(program)],
  ["docs/sensor-files.md", "templates/", filesPage(templates)],
  ["man/sensorbake.1", "the program", manPage(program)],
];
for (const [name, source, text] of pages)
  test(`${name} matches ${source}`, () => {
    const file = join(packageRoot(), name);
    if (process.env.UPDATE === "1") writeFileSync(file, text);
    assertText(readFileSync(file, "utf8"), text, "docs");
  });

const page = join(packageRoot(), "man/sensorbake.1");

needs("groff")(test, "groff renders the man page without a warning", async () => {
  const { stdout, stderr } = await execute("groff", ["-ww", "-man", "-Tutf8", page]);
  assert.is(stderr, "");
  for (const command of program.commands)
    if (command.name() !== "complete") assert.match(stdout, command.name());
});

needs("mandoc")(test, "mandoc finds no fault in the man page", async () => {
  const { stdout } = await execute("mandoc", ["-T", "lint", "-W", "warning", page]);
  // A date would change with each build.
  assert.is(stdout.replace(/^.*missing date, using "": TH\n/m, ""), "");
});

test.run();
