import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listFiles } from "../../src/write/compare.ts";
import { needs } from "../support/needs.ts";
import { execute, type Outcome } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The bundle that the real command writes, checked offline by Debian's Packer (1.6.6), which knows most sources.

const test = suite("packer/bundle");
let folder: string;
let bundle: string;
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-packer-"));
  bundle = join(folder, "bundle");
  assert.is((await write("examples/minimal.yaml")).code, 0);
});
test.after(() => rmSync(folder, { recursive: true }));

const write = (file: string, ...words: string[]) => sensorbake(["packer", file, "-o", bundle, ...words]);
const oldSources = ["azure-arm", "digitalocean", "googlecompute", "hcloud", "proxmox-clone", "qemu"];
const sources = ["amazon-ebs", ...oldSources].sort();

test("each source is a folder with its plugin, its variables and nothing else", () => {
  const folders = readdirSync(bundle, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.equal(folders.map(({ name }) => name).sort(), [...sources, "ci", "payload"].sort());
  for (const source of sources)
    assert.equal(readdirSync(join(bundle, source)).sort(), [
      "plugins.pkr.hcl",
      "sensor.auto.pkrvars.json",
      "sensor.pkr.hcl",
    ]);
});

test("required_plugins is nowhere but in plugins.pkr.hcl, and no variable's value holds two braces", async () => {
  for (const path of await listFiles(bundle)) {
    const text = readFileSync(join(bundle, path), "utf8");
    assert.is(/^ {2}required_plugins/m.test(text), path.endsWith("/plugins.pkr.hcl"), path);
    if (path.endsWith(".json")) assert.not.match(text, "{{");
  }
});

test("a second run changes nothing and --check agrees; stale files are reported", async () => {
  assert.is((await write("examples/minimal.yaml", "--check")).code, 0);
  writeFileSync(join(bundle, "seal.sh"), "");
  const { code, stdout } = await write("examples/minimal.yaml", "--check");
  assert.is(code, 1);
  assert.match(stdout.toString(), /^changed {2}.*\/seal\.sh$/m);
  assert.is((await write("examples/minimal.yaml")).code, 0);
  const other = join(folder, "mine");
  mkdirSync(other);
  writeFileSync(join(other, "file"), "");
  assert.is((await sensorbake(["packer", "examples/minimal.yaml", "-o", other])).code, 3);
});

test("sensors of several systems need --os; a Pi's image is for a Pi", async () => {
  const several = await sensorbake(["packer", "examples/pi.yaml", "-o", join(folder, "pi")]);
  assert.is(several.code, 2);
  assert.match(
    several.stderr,
    "different systems (raspios-12, raspios-13, ubuntu-24.04), but an image has only one",
  );
  const wrong = await sensorbake(["packer", "examples/pi.yaml", "-o", join(folder, "pi"), "--os", "beos"]);
  assert.is(wrong.code, 2);
  const right = await sensorbake([
    ...["packer", "examples/pi.yaml", "-o", join(folder, "pi"), "--os", "raspios-13", "--format", "json"],
  ]);
  assert.is(right.code, 0, right.stderr);
  assert.equal(JSON.parse(right.stdout.toString()).sensors, ["cellar-pi", "attic-pi", "next-pi"]);
  assert.ok(existsSync(join(folder, "pi/arm-image/sensor.pkr.hcl")));
  assert.not.ok(existsSync(join(folder, "pi/qemu")));
});

test("the image has everything that any of its sensors needs", async () => {
  const out = join(folder, "union");
  writeFileSync(join(folder, "union.yaml"), unlike);
  assert.is((await sensorbake(["packer", join(folder, "union.yaml"), "-o", out])).code, 0);
  const tree = join(out, "payload/tree");
  const words = readFileSync(join(tree, "etc/honeypot/baked.words"), "utf8").split("\n");
  for (const word of ["7zip", "age", "zstd", "openssh-client"]) assert.ok(words.includes(word), word);
  assert.ok(existsSync(join(tree, "opt/honeypot/scripts/transfer.sh")));
});

test("no name, key, network or secret of a sensor is in the bundle, and no secret is asked for", async () => {
  const out = join(folder, "canary");
  writeFileSync(join(folder, "canary.yaml"), canaries);
  const env = Object.fromEntries(
    ["BACKUP", "KEY", "PSK"].map((name) => [`C_${name}`, `C4N4RY-${name}-abcdef`]),
  );
  const made = await sensorbake(["packer", join(folder, "canary.yaml"), "-o", out], { env });
  assert.is(made.code, 0, made.stderr);
  assert.is((await sensorbake(["packer", join(folder, "canary.yaml"), "-o", out, "--check"])).code, 0);
  for (const path of await listFiles(out)) {
    const text = readFileSync(join(out, path), "utf8");
    for (const word of ["c4n4ry", "198.51.100.77", "AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEn"])
      assert.not.ok(text.toLowerCase().includes(word.toLowerCase()), `${word} in ${path}`);
  }
});

const packer = needs("packer");

packer(test, "every file is formatted as Packer itself would", async () => {
  for (const source of sources) {
    const { code, stdout } = await asked("fmt", "-check", "-diff", join(bundle, source));
    assert.is(code, 0, stdout);
  }
});

for (const source of oldSources)
  packer(test, `${source}: Packer 1.6.6 finds it valid`, async () => {
    const { code, stdout, stderr } = await validate(source, dummies[source] ?? {});
    assert.is(code, 0, stdout + stderr);
  });

packer(test, "two opening braces in a variable are refused, wherever they stand", async () => {
  for (const source of oldSources) {
    const text = readFileSync(join(bundle, source, "sensor.pkr.hcl"), "utf8");
    const blocks = [...text.matchAll(/^variable "(\w+)" \{\n(.*?)^\}$/gms)];
    assert.ok(blocks.length > 3);
    for (const [, name = "", block = ""] of blocks) {
      if (!/type += string/.test(block) || /sensitive/.test(block)) continue;
      assert.match(block, `length(split("{{", var.${name})) == 1`);
    }
    const { code, stdout, stderr } = await validate(source, {
      ...dummies[source],
      image_name: "a {{ .Vars }}",
    });
    assert.is(code, 1);
    assert.match(stdout + stderr, "It contains two opening braces");
  }
});

packer(test, "a variable without a value is named", async () => {
  const { code, stdout, stderr } = await asked("validate", join(bundle, "hcloud/sensor.pkr.hcl"));
  assert.is(code, 1);
  assert.match(stdout + stderr, /variable[\s\S]*os/i);
});

needs(
  "packer",
  "ssh-keygen",
  "qemu-system-x86_64",
  "qemu-img",
  "xorriso",
)(test, "refuses a base image with a different checksum before it starts a machine", async () => {
  const base = join(folder, "base.img");
  writeFileSync(base, "not what was promised");
  const variables = { ...dummies.qemu, base_url_amd64: base, accelerator: "tcg" };
  const { code, stdout, stderr } = await build(variables);
  assert.is(code, 1);
  assert.match(stdout + stderr, /checksum/i);
  assert.not.match(stdout, "Starting VM");
});

needs("ssh-keygen")(test, "prepare.sh keeps the key it has made, and the seed is cloud-config", async () => {
  const output = join(folder, "prepared");
  const run = () => execute("bash", [join(bundle, "prepare.sh"), output]);
  assert.is((await run()).code, 0);
  const key = readFileSync(join(output, "build_key.pub"), "utf8");
  assert.is((await run()).code, 0);
  assert.is(readFileSync(join(output, "build_key.pub"), "utf8"), key);
  const userData = readFileSync(join(output, "seed/user-data"), "utf8");
  assert.match(userData, /^#cloud-config\n/);
  assert.ok(userData.includes(key.trim()));
});

function asked(...words: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: folder, CHECKPOINT_DISABLE: "1" };
  return execute("packer", words, env);
}

function prepared(variables: object): string {
  const output = join(folder, "images");
  if (!existsSync(output)) execFileSync("bash", [join(bundle, "prepare.sh"), output]);
  const file = join(folder, "mine.pkrvars.json");
  writeFileSync(file, JSON.stringify({ output, ...variables }));
  return file;
}

function validate(source: string, variables: object): Promise<Outcome> {
  const mine = prepared(variables);
  const settings = join(bundle, source, "sensor.auto.pkrvars.json");
  return asked(
    "validate",
    `-var-file=${settings}`,
    `-var-file=${mine}`,
    join(bundle, source, "sensor.pkr.hcl"),
  );
}

function build(variables: object): Promise<Outcome> {
  const mine = prepared(variables);
  return asked("build", "-only=qemu.amd64", `-var-file=${mine}`, join(bundle, "qemu/sensor.pkr.hcl"));
}

const nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Values that only the user knows.
const dummies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "azure-arm": {
    azure_subscription_id: "00000000-0000-0000-0000-000000000000",
    azure_tenant_id: "tenant",
    azure_client_id: "client",
    azure_client_secret: "a-dummy-secret",
  },
  digitalocean: { digitalocean_token: "a-dummy-token" },
  googlecompute: { google_project: "project" },
  hcloud: { hcloud_token: "a-dummy-token" },
  "proxmox-clone": {
    proxmox_url: "https://pve.example.org:8006/api2/json",
    proxmox_username: "packer@pve",
    proxmox_password: "a-dummy-password",
    proxmox_template: "debian",
  },
  qemu: { base_checksum_amd64: nothing, base_checksum_arm64: nothing },
};

const key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy example-key-replace-me";

const unlike = `version: 1
defaults:
  target: nocloud
  admin: {ssh_keys: [${key}], allow_from: [198.51.100.0/24]}
sensors:
  - {name: plain}
  - name: other
    backup: {format: tar.zst, encrypt_to: [age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj]}
    transfer: {host: backups.example.org, user: sensor, path: /srv, generate_key: true, host_key: ${key}}
`;

const canaries = `version: 1
sensors:
  - name: c4n4ry-name
    target: nocloud
    admin: {user: c4n4ryuser, ssh_keys: [${key}], allow_from: [198.51.100.77/32]}
    backup: {format: 7z, password: {env: C_BACKUP}}
    transfer:
      host: c4n4ry-host.example.org
      user: c4n4ryupload
      path: /c4n4ry
      private_key: {env: C_KEY}
      host_key: ${key}
`;

test.run();
