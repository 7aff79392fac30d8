import { suite } from "uvu";
import * as assert from "uvu/assert";
import { positionAt } from "../../src/diagnostics/source.ts";
import { loadSettings } from "../../src/load/load.ts";
import { ed25519Key } from "../support/keys.ts";
import { type VirtualFile, virtualWorld } from "../support/virtual-world.ts";

const load = suite("loading settings");

const head = `version: 1
defaults:
  admin: {ssh_keys: [${ed25519Key}], allow_from: [198.52.100.0/24]}
`;
const minimal = `${head}sensors:
  - {name: fra-vps, target: hetzner}
  - {name: nyc-vps, target: ec2, admin: {ssh_port: 2022}}
`;

const loadText = (text: VirtualFile, readSecrets = false, more: Parameters<typeof virtualWorld>[1] = {}) =>
  loadSettings("dir/s.yaml", virtualWorld({ "dir/s.yaml": text }, more), { readSecrets });

/** Codes with their places, the whole of what most tests judge. */
async function problems(
  text: VirtualFile,
  readSecrets = false,
  more: Parameters<typeof virtualWorld>[1] = {},
) {
  const { diagnostics, source } = await loadText(text, readSecrets, more);
  return diagnostics.map(({ code, range }) => {
    const { line, column } = range ? positionAt(source, range.start) : { line: 0, column: 0 };
    return `${line}:${column} ${code}`;
  });
}

load("decides everything that the file leaves open", async () => {
  const { sensors, diagnostics } = await loadText(minimal);
  assert.equal(diagnostics, []);
  // Without what is undefined: later sections are so until a file asks for them.
  assert.equal(JSON.parse(JSON.stringify(sensors[1]?.plan)), {
    name: "nyc-vps",
    target: "ec2",
    os: "debian-13",
    timezone: "Etc/UTC",
    delivery: "auto",
    admin: { user: "analyst", sshPort: 2022, sshKeys: [ed25519Key], allowFrom: ["198.52.100.0/24"] },
    capture: {
      interface: "auto",
      excludePorts: [],
      excludeHosts: [],
      filter: "",
      snapLength: 65_535,
      rotateHours: 24,
      rotateMegabytes: 512,
      keepDays: 14,
    },
    logs: { keepDays: 30 },
    backup: {
      schedule: "0 3 * * *",
      sets: ["home", "logs", "srv", "dshield_logs", "crontabs", "dumps"],
      format: "zip",
      password: { kind: "literal", value: "infected" },
      encryptTo: [],
      keepDays: 14,
    },
    disk: { maxUsedPercent: 85, captureMegabytesPerDay: 200 },
    security: { egress: "open" },
  });
});

load("sensors share inherited objects", async () => {
  const { sensors } = await loadText(minimal);
  assert.is(sensors[0]?.plan.backup, sensors[1]?.plan.backup);
  assert.is(sensors[0]?.plan.capture, sensors[1]?.plan.capture);
  assert.is.not(sensors[0]?.plan.admin, sensors[1]?.plan.admin);
});

for (const [name, text, want] of [
  ["stops at syntax before the grammar", "version: 2\nsensors: [\n", ["2:11 source/syntax"]],
  ["stops at the text's form before the grammar", "version: 2\nversion: 3\n", ["2:1 source/duplicate-key"]],
  [
    "stops at the grammar before the rules",
    minimal.replace("ssh_port: 2022", "ssh_port: x"),
    ["6:52 settings/wrong-type"],
  ],
  [
    "reports a problem in defaults once",
    `${head.replace("{ssh_keys", "{ssh_port: 22, ssh_keys")}sensors: [{name: a, target: ec2}, {name: b, target: ec2}]\n`,
    ["3:21 access/admin-port-taken"],
  ],
  [
    "reports names twice also when the grammar fails",
    `${head}sensors: [{name: a, target: x}, {name: a}]\n`,
    ["4:29 settings/invalid-value", "4:40 settings/duplicate-name"],
  ],
  [
    "asks each sensor for a target",
    `${head}sensors: [{name: a}, {name: b, target: ec2}, {name: c}]\n`,
    ["4:12 settings/missing-key", "4:47 settings/missing-key"],
  ],
  ["takes a target from defaults", `${head}  target: ec2\nsensors: [{name: a}]\n`, []],
  [
    "counts columns after a byte order mark",
    `\ufeffversion: 2\nsensors: [{name: a}]\n`,
    ["1:10 settings/version"],
  ],
  [
    "counts lines that end in CRLF",
    "version: 1\r\nsensors: []\r\nx: 1\r\n",
    ["2:1 settings/no-sensors", "3:1 settings/unknown-key"],
  ],
  [
    "finds a missing key by the document, not by undefined",
    "version: 1\nsensors: [{name: }]\n",
    ["2:12 settings/wrong-type"],
  ],
  [
    "wants an interface for static addresses",
    `${head}sensors: [{name: a, target: ec2, network: {addresses: [192.0.2.2/24]}}]\n`,
    ["4:34 settings/missing-key"],
  ],
  [
    "takes one gateway for each family",
    `${head}sensors: [{name: a, target: ec2, network: {interface: eth0, addresses: [192.0.2.2/24], gateways: [192.0.2.1, 192.0.2.3]}}]\n`,
    ["4:110 settings/invalid-value"],
  ],
  [
    "finds a broken line of a long file",
    `${minimal}${"# x\n".repeat(500)}foo: 1\n`,
    ["507:1 settings/unknown-key"],
  ],
  [
    "takes a recipient in defaults that one sensor's format does not use",
    `${head}  backup: {format: tar.zst, encrypt_to: [${ed25519Key}]}\nsensors: [{name: a, target: ec2}, {name: b, target: ec2, backup: {format: 7z}}]\n`,
    [],
  ],
  [
    "takes a password in defaults that one sensor's format does not use",
    `${head}  backup: {format: 7z, password: {env: X}, encrypt_to: [${ed25519Key}]}\nsensors: [{name: a, target: ec2, backup: {format: tar.zst}}]\n`,
    [],
  ],
] as readonly (readonly [string, string, readonly string[]])[])
  load(name, async () => {
    assert.equal(await problems(text), want);
  });

for (const [name, file, want] of [
  ["a missing file", { fails: "ENOENT", when: "stat" }, "source/missing"],
  ["a file that goes away", { fails: "ENOENT", when: "read" }, "source/missing"],
  ["a folder in its path that is none", { fails: "ENOTDIR", when: "stat" }, "source/missing"],
  ["a directory", { isDirectory: true }, "source/not-a-file"],
  ["a file that becomes a directory", { fails: "EISDIR", when: "read" }, "source/not-a-file"],
  ["a file without permission", { fails: "EACCES", when: "stat" }, "source/unreadable"],
  ["a failing disk", { fails: "EIO", when: "read" }, "source/unreadable"],
  ["a file of ten megabytes", { size: 10_000_000 }, "source/too-large"],
  ["a file that grows while it is read", new Uint8Array((1 << 20) + 1).fill(0x23), "source/too-large"],
  ["a file of UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0x00]), "source/not-utf8"],
  ["a surrogate in UTF-8", new Uint8Array([0x23, 0xed, 0xa0, 0x80]), "source/not-utf8"],
  ["an overlong slash", new Uint8Array([0x23, 0xc0, 0xaf]), "source/not-utf8"],
  ["a zero byte", "version: 1\0", "source/control-character"],
  ["a carriage return alone", "version: 1\rsensors: []", "source/control-character"],
  ["an empty file", "", "source/empty"],
  ["a file of comments", "# sensors:\n\n", "source/empty"],
  ["nothing written as null", "~\n", "source/empty"],
] as readonly (readonly [string, VirtualFile, string])[])
  load(`answers ${name} with ${want} alone`, async () => {
    const { diagnostics, sensors } = await loadText(file);
    assert.equal(
      diagnostics.map(({ code }) => code),
      [want],
    );
    assert.equal(sensors, []);
  });

load("rethrows errors that are not system failures", async () => {
  const outside = { ...virtualWorld({}), stat: async () => Promise.reject(new TypeError("a bug")) };
  try {
    await loadSettings("s.yaml", outside, { readSecrets: false });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TypeError);
  }
});

load("leaves out the other sensors, their rules, keys and secrets, when only one is asked for", async () => {
  const text = `${minimal}  - {name: bad, target: ec2, admin: {ssh_port: 22, ssh_keys: [{file: nowhere}]}, backup: {format: 7z, password: {env: NONE}}}\n`;
  const outside = virtualWorld({ "s.yaml": text });
  const one = await loadSettings("s.yaml", outside, { readSecrets: true, only: ["nyc-vps"] });
  assert.equal(one.diagnostics, []);
  assert.equal(
    one.sensors.map(({ plan }) => plan.name),
    ["nyc-vps"],
  );
  const all = await loadSettings("s.yaml", outside, { readSecrets: true });
  assert.equal(
    all.diagnostics.map(({ code }) => code),
    ["access/admin-port-taken", "access/key-file", "secret/missing"],
  );
  assert.equal(all.sensors, []);
});

const withSecret = (reference: string) =>
  `${head}  backup: {format: 7z, password: ${reference}}\nsensors: [{name: a, target: ec2}, {name: b, target: ec2}]\n`;

load("reads secrets from variables and from files beside the settings, without the line's end", async () => {
  for (const [reference, value] of [
    ["{env: PW}", "of env"],
    ["{file: keys/pw}", "of file"],
    ["{file: ~/pw}", "of home"],
    ["infected", "infected"],
  ] as const) {
    const files = {
      "dir/s.yaml": withSecret(reference),
      [`${process.cwd()}/dir/keys/pw`]: "of file\r\n",
      "/home/tester/pw": "of home\n",
    };
    const { sensors } = await loadSettings(
      "dir/s.yaml",
      virtualWorld(files, { environment: { PW: "of env" } }),
      { readSecrets: true },
    );
    for (const sensor of sensors) assert.is(sensor.secrets.get("backup.password"), value);
    assert.is(sensors.length, 2);
  }
});

load("does not look at secrets without being asked", async () => {
  const { sensors, diagnostics } = await loadText(withSecret("{file: nowhere}"));
  assert.equal(diagnostics, []);
  assert.is(sensors[0]?.secrets.size, 0);
});

load("reads each variable and each key file once", async () => {
  const asked: string[] = [];
  const text = withSecret("{env: PW}").replace(`[${ed25519Key}]`, "[{file: /k.pub}, {file: /k.pub}]");
  const outside = virtualWorld({ "s.yaml": text, "/k.pub": `# mine\n\n${ed25519Key}\n${ed25519Key}\n` });
  const spy = {
    ...outside,
    environment: (name: string) => {
      asked.push(name);
      return "x";
    },
    readFile: (path: string) => {
      asked.push(path);
      return outside.readFile(path);
    },
  };
  const { sensors } = await loadSettings("s.yaml", spy, { readSecrets: true });
  assert.equal(asked, ["s.yaml", "/k.pub", "PW"]);
  assert.equal(sensors[0]?.plan.admin.sshKeys, [ed25519Key]);
});

load("takes about ten times as long for ten times the sensors", async () => {
  const text = (count: number) =>
    `${head}sensors:\n${Array.from({ length: count }, (_, index) => `  - {name: s${index}, target: ec2, admin: {user: u${index}}}\n`).join("")}`;
  const seconds = async (count: number) => {
    const start = performance.now();
    const { sensors } = await loadText(text(count));
    assert.is(sensors.length, count);
    return performance.now() - start;
  };
  await seconds(1000);
  const [small, large] = [await seconds(1000), await seconds(10_000)];
  // Far from a benchmark, which lives in bench/: only a quadratic step is noticed here.
  assert.ok(large < 30 * small, `${small.toFixed()} ms, then ${large.toFixed()} ms`);
});

load.run();
