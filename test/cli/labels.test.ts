import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderLabels } from "../../src/cli/labels/render-labels.ts";
import { examplePlan } from "../support/example-plan.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/labels");
const folder = mkdtempSync(join(tmpdir(), "sensorbake-labels-"));
test.after(() => rmSync(folder, { recursive: true }));

needs("ssh-keygen")(test, "has each sensor's name, login and known fingerprint", async () => {
  mkdirSync(join(folder, ".ssh"));
  const [type, key] = ed25519Key.split(" ");
  writeFileSync(join(folder, ".ssh/known_hosts"), `[pi-02.lab.example.org]:12222 ${type} ${key}\n`);
  const page = join(folder, "labels.html");
  const words = ["labels", "examples/class.yaml", "-o", page];
  const { code, stderr } = await sensorbake(words, { env: { HOME: folder } });
  assert.is(code, 0, stderr);
  assert.match(stderr, /labels\.html: 6 labels, 1 with SSH fingerprints/);
  const text = readFileSync(page, "utf8");
  const labels = [...text.matchAll(/<article>([\s\S]*?)<\/article>/g)].map(([, label = ""]) => label);
  assert.equal(
    labels.map((label) => /<h1>(.*?)<\/h1>/.exec(label)?.[1]),
    ["lab-1", "lab-2", "lab-3", "pi-01", "pi-02", "pi-03"],
  );
  assert.match(labels[4] ?? "", "ssh -p 12222 analyst@pi-02.lab.example.org");
  const print = createHash("sha256")
    .update(Buffer.from(key ?? "", "base64"))
    .digest("base64");
  assert.match(labels[4] ?? "", `ED25519 SHA256:${print.replace(/=+$/, "")}`);
  assert.not.match(labels[3] ?? "", "SHA256");

  writeFileSync(page, "version: 1\n");
  const refused = await sensorbake(words);
  assert.is(refused.code, 2);
  assert.is(readFileSync(page, "utf8"), "version: 1\n");
});

test("runs no script, and its policy allows only its own style", () => {
  const page = renderLabels([{ plan: { ...examplePlan, address: "<b>x</b>" }, fingerprints: ["<i>"] }]);
  const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  assert.match(page, `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
  assert.not.match(page, /<script|<b>|<i>|url\(|https?:/);
});

test.run();
