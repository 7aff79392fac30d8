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
import { literal } from "../../src/artifacts/tofu/literal.ts";
import { readTofuModules } from "../../src/load/read-release.ts";
import { secretFacts } from "../../src/plan/secrets.ts";
import { settingsReference } from "../../src/settings/reference.ts";
import { listFiles } from "../../src/write/compare.ts";
import { ecdsaKey256, ed25519Key } from "../support/keys.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { tofuModules } from "../support/tofu.ts";

// The command itself, without OpenTofu.

const test = suite("tofu/command");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-tofu-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const admin = { ssh_keys: [ed25519Key], allow_from: ["203.0.113.0/24"] };

/** Runs the command for these sensors; the output is in `out/tofu`. */
async function write(sensors: readonly object[], ...words: readonly string[]) {
  const file = join(folder, "s.yaml");
  const named = sensors.map((sensor, index) => ({ name: `s-${index}`, admin, delivery: "ssh", ...sensor }));
  writeFileSync(file, JSON.stringify({ version: 1, sensors: named }));
  return sensorbake(["tofu", file, "-o", join(folder, "out/tofu"), ...words]);
}

const root = () => readFileSync(join(folder, "out/tofu/sensorbake.tf.json"), "utf8");

test("no file and no message contains a secret, not even one that the settings file contains", async () => {
  const password = "CanaryOfASecret";
  const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${password}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const url = `https://hooks.example.org/${password}`;
  const server = { host: "192.0.2.9", user: "sensor", path: "/backups", host_key: ed25519Key };
  const sensors = ["hetzner", "ec2", "nocloud", "pi"].map((target) => ({
    target,
    ...(target === "pi" && {
      os: "raspios-13",
      network: { wifi: { ssid: "lab", psk: password, country: "DE" } },
    }),
    backup: { password },
    dshield: { install: true, email: "a@example.org", user_id: 1, api_key: password },
    transfer: { ...server, private_key: privateKey },
    tools: {
      cowrieprocessor: { virustotal_api_key: password, urlhaus_api_key: password, spur_api_key: password },
      json_log_country: { geolite2: { account_id: 1, license_key: password } },
    },
    notify: {
      heartbeat: { url },
      webhook: { url, token: password },
      mail: { host: "192.0.2.8", from: "a@example.org", to: ["b@example.org"], user: "a", password },
    },
    ...(target === "ec2" && { ec2: { region: "eu-central-1" } }),
  }));
  const { code, stdout, stderr } = await write(sensors);
  assert.is(code, 0, stdout + stderr);
  const written = readFileSync(join(folder, "s.yaml"), "utf8");
  for (const [name, facts] of Object.entries(secretFacts))
    assert.ok("isPublic" in facts || written.includes(`"${name.split(".").at(-1)}":`), name);
  assert.not.match(stdout + stderr, password);
  const files = await listFiles(join(folder, "out/tofu"));
  assert.ok(files.includes("sensorbake/sensors/s-0/user-data"));
  for (const file of files)
    assert.not.match(readFileSync(join(folder, "out/tofu", file), "latin1"), password, file);
});

test("refuses sensors whose user-data would contain secrets, in one message", async () => {
  const { code, stderr } = await write([
    { target: "hetzner", delivery: "user-data" },
    { target: "hetzner", delivery: "auto" },
    { target: "hetzner" },
  ]);
  assert.is(code, 1);
  assert.match(stderr, "OpenTofu would keep the secrets in the user-data of s-0, s-1 in its state");
  assert.match(stderr, "write delivery: ssh");
  assert.not.ok(existsSync(join(folder, "out")));
});

const incomplete: readonly (readonly [name: string, sensor: object, message: RegExp])[] = [
  [
    "OpenStack without a size",
    { target: "openstack", machine: { image: "a", network: "b" } },
    /size is missing/,
  ],
  [
    "OpenStack without an image",
    { target: "openstack", machine: { size: "a", network: "b" } },
    /image is missing/,
  ],
  ["Oracle without a subnet", { target: "oracle", os: "ubuntu-24.04" }, /network is missing/],
  ["Debian on Oracle without an image", { target: "oracle", machine: { network: "a" } }, /image is missing/],
  ["EC2 without a region", { target: "ec2" }, /region is missing/],
  ["a size with a name on libvirt", { target: "nocloud", machine: { size: "small" } }, /size: 2x4096/],
  [
    "a key that Azure does not accept",
    { target: "azure", admin: { ...admin, ssh_keys: [ecdsaKey256] } },
    /Azure accepts only RSA and Ed25519 keys/,
  ],
];
for (const [name, sensor, message] of incomplete)
  test(`refuses ${name}`, async () => {
    const { code, stderr } = await write([sensor]);
    assert.is(code, 1, stderr);
    assert.match(stderr, message);
  });

test("leaves out Raspberry Pis, and refuses if there is nothing else", async () => {
  const pi = { target: "pi", os: "raspios-13" };
  const some = await write([{ target: "hetzner" }, pi], "--format", "json");
  assert.is(some.code, 0, some.stderr);
  const { sensors, left_out } = JSON.parse(some.stdout.toString());
  assert.equal([sensors, left_out], [[{ sensor: "s-0", module: "hetzner" }], ["s-1"]]);
  const only = await write([pi]);
  assert.is(only.code, 2);
  assert.match(only.stderr, "no sensor has a target whose machines this command can create");
});

test("keeps the state and the user's files, replaces its own, and a build beside it keeps the whole folder", async () => {
  assert.is((await write([{ target: "hetzner" }, { target: "vultr" }])).code, 0);
  const out = join(folder, "out/tofu");
  for (const name of ["terraform.tfstate", ".terraform.lock.hcl", "backend.tf"])
    writeFileSync(join(out, name), "mine");
  assert.is((await write([{ target: "hetzner" }])).code, 0);
  assert.equal(readdirSync(join(out, "sensorbake")).sort(), [".sensorbake", "hetzner", "sensors"]);
  const built = await sensorbake(["build", join(folder, "s.yaml"), "-o", join(folder, "out")]);
  assert.is(built.code, 0, built.stderr);
  for (const name of ["terraform.tfstate", ".terraform.lock.hcl", "backend.tf"])
    assert.is(readFileSync(join(out, name), "utf8"), "mine");
  const wrong = await sensorbake(["build", join(folder, "s.yaml"), "-o", out]);
  assert.is(wrong.code, 3, wrong.stderr);
});

test("--check reports a changed file; a folder of somebody else is refused", async () => {
  assert.is((await write([{ target: "hetzner" }])).code, 0);
  assert.is((await write([{ target: "hetzner" }], "--check")).code, 0);
  const out = join(folder, "out/tofu");
  writeFileSync(join(out, "sensorbake/hetzner/main.tf"), "");
  const { code, stdout } = await write([{ target: "hetzner" }], "--check");
  assert.is(code, 1);
  assert.match(stdout.toString(), /^changed {2}.*hetzner\/main\.tf$/m);
  rmSync(join(out, "sensorbake"), { recursive: true });
  mkdirSync(join(out, "sensorbake"));
  writeFileSync(join(out, "sensorbake/theirs"), "");
  assert.is((await write([{ target: "hetzner" }])).code, 3);
  assert.is((await write([{ target: "hetzner" }], "--force")).code, 0);
});

test("Ctrl-C ends the compilation", async () => {
  const sensors = Array.from({ length: 3000 }, (_, index) => ({ name: `s-${index}`, target: "hetzner" }));
  const input = JSON.stringify({ version: 1, defaults: { admin, delivery: "ssh" }, sensors });
  // Nothing after the compilation of --check can be interrupted.
  const words = ["tofu", "-", "-o", join(folder, "out"), "--check"];
  const { code, stderr } = await sensorbake(words, { interruptReading: { input, afterMs: 1000 } });
  assert.is(code, 130, stderr);
});

test("sensors with the same rules share the firewall of the first; other rules have their own", async () => {
  const other = { admin: { ...admin, ssh_port: 2022 } };
  assert.is(
    (await write([{ target: "hetzner" }, { target: "hetzner", ...other }, { target: "hetzner" }])).code,
    0,
  );
  const { sensors, firewalls } = JSON.parse(root()).module.hetzner;
  assert.equal(Object.keys(firewalls), ["s-0", "s-1"]);
  assert.equal(
    Object.values(sensors).map((sensor) => (sensor as { firewall: string }).firewall),
    ["s-0", "s-1", "s-0"],
  );
  const ports = (firewall: { incoming: { protocol: string; ports: string; v4: string[] }[] }) =>
    firewall.incoming.map(({ protocol, ports, v4 }) => `${protocol} ${ports} ${v4}`);
  assert.equal(ports(firewalls["s-1"]), [
    "tcp 1-2021 0.0.0.0/0",
    "tcp 2023-65535 0.0.0.0/0",
    "udp 1-65535 0.0.0.0/0",
    "icmp null 0.0.0.0/0",
    "tcp 2022 203.0.113.0/24",
  ]);
});

const machineSettings = settingsReference().filter(({ path }) => path.startsWith("machine."));
for (const { path, examples } of machineSettings)
  test(`${path} changes the configuration`, async () => {
    const name = path.slice("machine.".length);
    const sensor = { target: "openstack", machine: { size: "a", image: "b", network: "c" } };
    const own = { target: "nocloud", machine: { size: "1x1024" } };
    const [base, value] = name === "hypervisor" ? [own, "proxmox"] : [sensor, examples[0]];
    assert.is((await write([base])).code, 0);
    const before = root();
    assert.is((await write([{ ...base, machine: { ...base.machine, [name]: value } }])).code, 0);
    assert.is.not(root(), before);
  });

test("OpenTofu finds no expression in the keys and strings of the data", () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are OpenTofu's
  const cases: readonly (readonly [text: string, literally: string])[] = [
    ["${a} %{b}", "$${a} %%{b}"],
    ["$${c}", "$$${c}"],
    ["$d {e} %f", "$d {e} %f"],
  ];
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are OpenTofu's
  for (const [text, literally] of cases)
    assert.equal(literal({ [text]: [text, 1, null, {}] }), { [literally]: [literally, 1, null, {}] });
});

test("each module has sensors, firewalls, addresses, a pinned provider, and values that it ignores", async () => {
  const modules = new Map((await readTofuModules()).map(({ path, content }) => [path, content]));
  for (const name of tofuModules()) {
    const text = (file: string) => String(modules.get(`${name}/${file}`));
    assert.match(text("versions.tf"), /^ {6}version = "= \d+\.\d+\.\d+"$/m, name);
    for (const variable of ["sensors", "firewalls"])
      assert.match(text("variables.tf"), `variable "${variable}" {`, name);
    assert.match(text("outputs.tf"), 'output "addresses" {', name);
    assert.match(text("main.tf"), "ignore_changes = [", name);
  }
});

test.run();
