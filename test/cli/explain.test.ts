import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fakePrivateKey } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { typeTo } from "../support/typist.ts";

// The output for one sensor of an example, in each format, is compared with test/explain/golden; `npm test -- --update`
// regenerates it. Sizes are left out there, because they change with every script.

const test = suite("cli/explain");
const goldens = "test/explain/golden";
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-explain-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

for (const [example, sensor, format, sizes] of [
  ["transfer", "attic-vm", "text", /^User-data: (.*\n)+?(?=\n)/m],
  ["transfer", "attic-vm", "json", /^ {6}"size": \{(.*\n)+? {6}\}/m],
  ["transfer", "attic-vm", "html", /<section class=""><h3>User-data.*?<\/section>/s],
  ["pi", "garden-pi", "text", /^User-data: (.*\n)+?(?=\n)/m],
] as const)
  test(`explains ${sensor} of examples/${example}.yaml as ${format}, without its secrets`, async () => {
    const words = ["explain", `examples/${example}.yaml`, "--sensor", sensor, "--format", format];
    const { code, stdout, stderr } = await sensorbake(words);
    assert.is(code, 0, stderr);
    assert.not.match(stderr, /: error: /);
    assert.match(stdout.toString(), sizes);
    const answer = stdout.toString().replace(sizes, "SIZE");
    const golden = join(goldens, `${sensor}.${format === "text" ? "txt" : format}`);
    if (process.env.UPDATE === "1") writeFileSync(golden, answer);
    assert.is(answer, readFileSync(golden, "utf8"));
  });

test("explains a class as an overview", async () => {
  const { code, stdout, stderr } = await sensorbake(["explain", "examples/class.yaml"]);
  assert.is(code, 0, stderr);
  assert.match(stderr, "One sensor in full: sensorbake explain examples/class.yaml --sensor lab-1");
  const golden = join(goldens, "class.txt");
  if (process.env.UPDATE === "1") writeFileSync(golden, stdout.toString());
  assert.is(stdout.toString(), readFileSync(golden, "utf8"));
});

test("explains several named sensors in full, below their overview", async () => {
  const words = ["explain", "examples/class.yaml", "--sensor", "pi-01", "--sensor", "lab-3"];
  const { stdout } = await sensorbake(words);
  assert.match(stdout.toString(), /^2 sensors\n[\s\S]*\nTotals\n[\s\S]*\npi-01: pi, raspios-13\n/);
});

test("reports sensors that are too large in an overview, too", async () => {
  const text = readFileSync("examples/fleet.yaml", "utf8").replace(
    "target: ec2",
    "target: ec2\n    delivery: user-data",
  );
  writeFileSync(join(folder, "large.yaml"), text);
  const { code, stderr } = await sensorbake(["explain", join(folder, "large.yaml")]);
  assert.is(code, 1);
  assert.match(stderr, /build\/too-large/);
});

test("explains all sensors, or the one that is named", async () => {
  const all = await sensorbake(["explain", "examples/fleet.yaml", "--format", "json"]);
  const { sensors, overview } = JSON.parse(all.stdout.toString()) as {
    sensors: { sensor: string }[];
    overview: { columns: string[]; totals: { disk_gigabytes: number } };
  };
  assert.is(overview.totals.disk_gigabytes, 120);
  assert.ok(overview.columns.includes("backup"));
  assert.equal(
    sensors.map(({ sensor }) => sensor),
    ["fra-vps", "nyc-vps", "lab-vm"],
  );
  const none = await sensorbake(["explain", "examples/fleet.yaml", "--sensor", "fra-vsp"]);
  assert.is(none.code, 1);
  assert.match(none.stderr, /did you mean fra-vps\?/);
});

test("no secret is in any answer, wherever it was written", async () => {
  const canary = "CANARY-7f3a";
  writeFileSync(join(folder, "key"), fakePrivateKey, { mode: 0o600 });
  const settings = join(folder, "sensors.yaml");
  const text = readFileSync("examples/pi.yaml", "utf8").replace(
    "  disk:",
    `  backup: {format: 7z, password: ${canary}}
  transfer:
    host: backups.example.org
    user: sensor
    path: /srv
    host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy
    private_key: {file: key}
  disk:`,
  );
  writeFileSync(settings, text);
  const [, inside = ""] = fakePrivateKey.split("\n");
  for (const words of [
    [],
    ["--format", "json"],
    ["--format", "html"],
    ["--html", join(folder, "page.html")],
  ]) {
    const { code, stdout, stderr } = await sensorbake(["explain", settings, ...words], {
      env: { WIFI_PSK: `${canary}-psk` },
    });
    assert.is(code, 0, stderr);
    // Inside the result if the format is JSON.
    assert.match(words.includes("json") ? stdout.toString() : stderr, /secret\/literal/);
    const page = existsSync(join(folder, "page.html")) ? readFileSync(join(folder, "page.html"), "utf8") : "";
    for (const answer of [stdout.toString(), stderr, page]) {
      assert.not.match(answer, canary);
      assert.not.match(answer, inside);
    }
  }
});

test("--html writes a page, writes it again, and replaces nothing else", async () => {
  const page = join(folder, "page.html");
  const words = ["explain", "examples/minimal.yaml", "--html"];
  const first = await sensorbake([...words, page]);
  assert.is(first.code, 0, first.stderr);
  assert.is(first.stdout.toString(), "");
  const printed = await sensorbake(["explain", "examples/minimal.yaml", "--format", "html"]);
  assert.is(readFileSync(page, "utf8"), printed.stdout.toString());
  assert.is((await sensorbake([...words, page])).code, 0);

  const settings = join(folder, "sensors.yaml");
  writeFileSync(settings, readFileSync("examples/minimal.yaml"));
  const refused = await sensorbake(["explain", settings, "--html", settings]);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, /was not written by sensorbake explain\n {2}= help: /);
  assert.is(readFileSync(settings, "utf8"), readFileSync("examples/minimal.yaml", "utf8"));
  assert.is((await sensorbake([...words, folder])).code, 3);
});

test("settings with errors are exit 1, and the page stays as it is", async () => {
  writeFileSync(join(folder, "bad.yaml"), "version: 1\nsensors: []\n");
  const page = join(folder, "page.html");
  const { code, stdout, stderr } = await sensorbake(["explain", join(folder, "bad.yaml"), "--html", page]);
  assert.is(code, 1);
  assert.is(stdout.toString(), "");
  assert.match(stderr, /settings\/no-sensors/);
  assert.not(existsSync(page));
});

test("Ctrl-C ends it in the middle, and leaves the page as it was", async () => {
  const [head = ""] = readFileSync("examples/ec2.yaml", "utf8").split("sensors:\n");
  const names = Array.from({ length: 1000 }, (_, index) => `  - name: sensor-${index}\n`).join("");
  const input = `${head}sensors:\n${names}`;
  const words = ["explain", "-", "--html", join(folder, "page.html")];
  const { code, stderr } = await sensorbake(words, { interruptReading: { input, afterMs: 1000 } });
  assert.is(code, 130, stderr);
  assert.match(stderr, /interrupted/);
  assert.equal(readdirSync(folder), []);
});

needs("script")(test, "headings are bold on a terminal, and NO_COLOR is respected", async () => {
  const words = ["explain", join(process.cwd(), "examples/minimal.yaml")];
  const plain = await typeTo(words, [], { cwd: folder });
  assert.not.match(plain.screen, "\u001b");
  const bold = await typeTo(words, [], { cwd: folder, env: { NO_COLOR: "" } });
  assert.match(bold.screen, "\u001b[1mTimetable\u001b[0m");
});

test.run();
