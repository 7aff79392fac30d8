import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot, readRelease } from "../src/load/read-release.ts";
import { exampleSecrets } from "./support/example-secrets.ts";
import { derivedDigests, diffOf, goldenText } from "./support/golden-text.ts";
import { sensorbake } from "./support/sensorbake.ts";

// Builds every example with the real command. test/golden/<example>.txt has all generated files, for review.
// test/golden/digests.txt has the digests of derived files. `npm test -- --update` rewrites both.

const test = suite("golden");
const examples = join(packageRoot(), "examples");
const goldens = join(packageRoot(), "test/golden");
const isUpdate = process.env.UPDATE === "1";
const { templates } = await readRelease();
const names = readdirSync(examples)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => basename(name, ".yaml"))
  .sort();
const digests: string[] = [];
const wrong: string[] = [];

for (const name of names)
  test(`examples/${name}.yaml compiles to test/golden/${name}.txt`, async () => {
    const golden = join(goldens, `${name}.txt`);
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-golden-"));
    try {
      const words = [join("examples", `${name}.yaml`), "--output", join(folder, name)];
      const ended = await sensorbake(["build", ...words], { env: exampleSecrets });
      assert.is(ended.code, 0, ended.stderr);
      // A reader has to replace the key and the networks, and nothing else.
      for (const [, code = ""] of ended.stderr.matchAll(/warning: .* \[(.*)\]$/gm))
        assert.ok(placeholders.includes(code), code);
      digests.push(...derivedDigests(join(folder, name)).map((line) => line.replace("  ", `  ${name}/`)));
      const text = goldenText(join(folder, name), templates);
      if (isUpdate) writeFileSync(golden, text);
      const want = existsSync(golden) ? readFileSync(golden, "utf8") : "";
      if (text !== want) wrong.push(name);
      assert.ok(text === want, `${diffOf(want, text)}\nIf this is intended: npm test -- golden --update`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("archives, encodings and checksums have the digests of test/golden/digests.txt", () => {
  const file = join(goldens, "digests.txt");
  const text = `${digests.join("\n")}\n`;
  if (isUpdate) writeFileSync(file, text);
  // They follow from the files above: look at those first.
  if (wrong.length > 0) return;
  const difference = diffOf(readFileSync(file, "utf8"), text);
  const why = "The generated files are right: a program in templates/ has changed, or an encoding has.";
  assert.is(difference, "", `${difference}\n${why}\nIf this is intended: npm test -- golden --update`);
});

test("each golden belongs to an example", () => {
  const wanted = [...names.map((name) => `${name}.txt`), "digests.txt"].sort();
  const found = readdirSync(goldens).sort();
  if (isUpdate)
    for (const name of found) if (!wanted.includes(name)) rmSync(join(goldens, name), { recursive: true });
  assert.equal(readdirSync(goldens).sort(), wanted);
});

const placeholders = ["access/example-key", "access/unreachable-network", "transfer/unreachable-host"];

test.run();
