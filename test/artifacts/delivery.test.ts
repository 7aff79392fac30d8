import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { bytesOf, partsOf } from "../../src/artifacts/artifact.ts";
import { base85 } from "../../src/artifacts/base85.ts";
import { compact } from "../../src/artifacts/compact.ts";
import { type Compiled, compile, type Release, sensorFiles } from "../../src/artifacts/compile.ts";
import { packDelivery } from "../../src/artifacts/delivery.ts";
import { loadSettings, type SensorPlan } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { targetNames } from "../../src/values/target-names.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// Every feature set has a way to every target that needs nothing of the user's own.

const test = suite("artifacts/delivery");
const release = await readRelease();
const canary = "CANARY0secret";

const features: Readonly<Record<string, object>> = {
  dshield: { dshield: { install: true, email: "a@example.org", user_id: 1, api_key: { env: "SECRET" } } },
  transfer: {
    transfer: {
      host: "192.0.2.9",
      user: "sensor",
      path: "/b/{sensor}",
      host_key: ed25519Key,
      generate_key: true,
    },
  },
  tools: { tools: { cowrieprocessor: { virustotal_api_key: { env: "SECRET" } }, json_log_country: {} } },
  notify: {
    notify: {
      heartbeat: { url: { env: "URL" } },
      webhook: { url: { env: "URL" } },
      mail: {
        host: "192.0.2.8",
        from: "a@example.org",
        to: ["b@example.org"],
        user: "a",
        password: { env: "SECRET" },
      },
    },
  },
  siem: { siem: { logstash: "192.0.2.7:5044", plaintext: true } },
};
const names = Object.keys(features);
// Each bit of a number says whether a feature is in the set.
const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
  names.filter((_, index) => (bits & (2 ** index)) !== 0),
);

async function load(target: string, set: readonly string[], more: object = {}): Promise<SensorPlan> {
  const os = target === "pi" ? "raspios-13" : target === "gcp" ? "ubuntu-24.04" : "debian-13";
  const admin = { ssh_keys: [ed25519Key], allow_from: ["203.0.113.0/24"] };
  const sensor = Object.assign({ name: "a", target, os, admin }, ...set.map((name) => features[name]), more);
  const world = virtualWorld(
    {
      "s.yaml": JSON.stringify({
        version: 1,
        sensors: [{ backup: { password: { env: "SECRET" } }, ...sensor }],
      }),
    },
    { environment: { SECRET: canary, URL: `https://hooks.example.org/${canary}` } },
  );
  const { sensors, diagnostics } = await loadSettings("s.yaml", world, { readSecrets: true });
  const [first] = sensors;
  if (first === undefined) throw new Error(JSON.stringify(diagnostics));
  return first;
}

function compiled({ plan, secrets }: SensorPlan, its: Release = release): Compiled {
  const result = compile(plan, secrets, its);
  if (result.kind === "too-large") throw new Error(`${result.bytes} of ${result.limitBytes} bytes`);
  return result;
}

for (const target of targetNames)
  test(`every feature set reaches ${target}`, async () => {
    for (const set of subsets) {
      const sensor = await load(target, set);
      const { delivery, artifacts } = compiled(sensor);
      for (const file of artifacts)
        assert.ok(Buffer.concat(partsOf(file)).equals(bytesOf(file)), `${set.join(", ")}: ${file.path}`);
      // What comes over SSH is in no file that a provider stores.
      const all = artifacts.map((file) => Buffer.from(bytesOf(file)).toString("latin1")).join("\n");
      if (delivery !== undefined) assert.not.ok(all.includes(canary), set.join(", "));
    }
  });

for (const target of ["nocloud", "ec2", "pi"])
  test(`delivery: ssh leaves no secret in the files for ${target}, and loses no file`, async () => {
    const sensor = await load(target, Object.keys(features), { delivery: "ssh" });
    const { held, delivery, artifacts } = compiled(sensor);
    if (delivery === undefined) return assert.unreachable("nothing comes over SSH");
    for (const file of [...artifacts, ...held])
      assert.not.ok(Buffer.from(bytesOf(file)).includes(canary), file.path);
    const sent = parseTar(gunzipSync(packDelivery(delivery).archive)).map(({ name }) => `/${name}`);
    const whole = sensorFiles(sensor.plan, sensor.secrets, release).map(({ path }) => path);
    const received = ["/opt/honeypot/first-boot/25-delivery.sh", "/opt/honeypot/scripts/receive.sh"];
    assert.equal([...held.map(({ path }) => path), ...sent].sort(), [...whole, ...received].sort());
    const readme = String(artifacts.find(({ path }) => path === "README.txt")?.content);
    assert.match(readme, /sensorbake apply SETTINGS\.yaml --sensor a/);
    assert.match(readme, /It contains no secret/);
  });

needs("python3", "tar")(
  test,
  "user-data in its densest form unpacks to the same files, and is used where only it fits",
  async () => {
    // With more features, only SSH is left.
    const sensor = await load("digitalocean", ["dshield", "transfer"]);
    const { userData, held, delivery } = compiled(sensor);
    assert.is(delivery, undefined);
    const config = parse(userData.text) as {
      write_files: readonly { path: string; content: string; encoding?: "b64" }[];
      runcmd: readonly (readonly string[])[];
    };
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-dense-"));
    try {
      mkdirSync(join(folder, "var/lib/honeypot"), { recursive: true });
      for (const { path, content, encoding } of config.write_files)
        writeFileSync(join(folder, path), Buffer.from(content, encoding === "b64" ? "base64" : "utf8"));
      const unpack = (config.runcmd[0]?.at(-1) ?? "")
        .replaceAll("/var/lib/honeypot", `${folder}/var/lib/honeypot`)
        .replaceAll("--directory=/", `--directory=${folder}`);
      assert.match(unpack, /lzma/);
      const { code, stderr } = await execute("sh", ["-c", unpack]);
      assert.is(code, 0, stderr);
      for (const file of held.map(compact)) {
        const path = join(folder, file.path);
        assert.ok(readFileSync(path).equals(Buffer.from(bytesOf(file))), file.path);
        assert.is(statSync(path).mode & 0o7777, file.mode, file.path);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("Python decodes our base85 for every length of the last group", async () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - index * 29);
    const program = "import base64, sys; print(base64.b85decode(sys.argv[1]).hex())";
    const { stdout } = await execute("python3", ["-c", program, base85(bytes)]);
    assert.is(stdout.trim(), Buffer.from(bytes).toString("hex"));
  }
});

test("programs that fit stay in the user-data, and programs_url comes before SSH", async () => {
  assert.is(compiled(await load("nocloud", ["dshield"])).delivery, undefined);
  const noise = Array.from({ length: 12_000 }, (_, index) => ((index * index * 7919) % 99_991).toString(36));
  const large = {
    ...release,
    templates: [...release.templates, { path: "/opt/honeypot/scripts/large.sh", text: noise.join("\n") }],
  };
  assert.ok(compiled(await load("ec2", []), large).delivery);
  const url = { programs_url: "http://files.example.org/sensors" };
  assert.is(compiled(await load("ec2", [], url), large).delivery, undefined);
  const strict = await load("ec2", [], { delivery: "user-data" });
  assert.is(compile(strict.plan, strict.secrets, large).kind, "too-large");
});

test.run();
