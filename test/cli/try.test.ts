import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("try");
const withTools = needs("ssh-keygen", "openssl", "setpriv");
const settings = `version: 1
defaults:
  os: debian-13
  target: nocloud
  admin: {ssh_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3oN1vuDOUcyPCQFjUOAH6kKQjgK0zVpZL7J5x4xj0r me"], allow_from: [192.0.2.7]}
sensors: [{name: fra-vps}, {name: nyc-vps}]
`;

// Boots nothing, and answers as a machine whose kernel has started.
const fakeQemu = `#!${process.execPath}
const { createServer } = require("node:net");
const words = process.argv.slice(2);
const path = words[words.indexOf("-qmp") + 1].replace(/^unix:|,.*$/g, "");
const serial = words[words.indexOf("-serial") + 1];
if (serial.startsWith("file:")) require("node:fs").writeFileSync(serial.slice(5), "Welcome to Debian");
createServer((socket) => {
  socket.on("error", () => {});
  socket.write('{"QMP":{}}\\n');
  socket.on("data", () => socket.write('{"return":{"status":"running"}}\\n'));
}).listen(path);
`;
const fakeImg = `#!/bin/sh
case $1 in info) echo '{"virtual-size": 1048576}' ;; *) for last do :; done; : >"$last" ;; esac
`;

let folder: string;
test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  for (const name of ["tmp", "bin"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "sensors.yaml"), settings);
  await writeFile(join(folder, "image.raw"), Buffer.concat([Buffer.alloc(510), Buffer.from([0x55, 0xaa])]));
  await writeFile(join(folder, "bin/qemu-img"), fakeImg, { mode: 0o755 });
  for (const name of ["x86_64", "aarch64"])
    await writeFile(join(folder, `bin/qemu-system-${name}`), fakeQemu, { mode: 0o755 });
});
test.after.each(() => rm(folder, { recursive: true }));

const run = (words: readonly string[], path: string) =>
  sensorbake(["try", join(folder, "sensors.yaml"), ...words], { env: { PATH: path } });

const usages: readonly (readonly [name: string, words: readonly string[], message: RegExp])[] = [
  ["several sensors and no choice", [], /has 2 sensors\n.*choose one with --sensor \(fra-vps, nyc-vps\)/],
  ["two sensors", ["--sensor", "fra-vps,nyc-vps"], /a trial has one sensor/],
  [
    "a checksum without an image",
    ["--sensor", "fra-vps", "--sha256", "a".repeat(64)],
    /the checksum of --image/,
  ],
  [
    "a short checksum",
    ["--sensor", "fra-vps", "--image", "x", "--sha256", "abc"],
    /must be 64 hexadecimal digits/,
  ],
  [
    "clones for a sensor that needs none",
    ["--sensor", "fra-vps", "--clones", "clones"],
    /this trial of fra-vps needs no repositories\n.*leave out --clones/,
  ],
];
for (const [name, words, message] of usages)
  test(`refuses ${name}`, async () => {
    const { code, stderr } = await run(words, process.env.PATH ?? "");
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  });

const changes: readonly (readonly [name: string, from: string, to: string, code: number, message: RegExp])[] =
  [
    [
      "without the sensor",
      "sensors: [{name: fra-vps}",
      "sensors: [{name: ams-vps}",
      1,
      /no sensor is named "fra-vps"/,
    ],
    ["with another admin port", "admin: {", "admin: {ssh_port: 2200, ", 2, /cannot change admin\.ssh_port/],
    ["with another system", "debian-13", "debian-12", 2, /cannot change os of fra-vps/],
    ["with another target", "nocloud", "hetzner", 2, /cannot change target of fra-vps/],
    ["with other limits", "admin:", "disk: {max_used_percent: 70}\n  admin:", 3, /QEMU is not installed/],
  ];
for (const [name, from, to, code, message] of changes)
  test(`before it begins, checks settings to change to: ${name}`, async () => {
    await writeFile(join(folder, "other.yaml"), settings.replace(from, to));
    const words = ["--sensor", "fra-vps", "--apply", join(folder, "other.yaml")];
    const outcome = await run(words, "/nonexistent");
    assert.is(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, message);
  });

test("without QEMU it says what to install", async () => {
  const { code, stderr } = await run(["--sensor", "fra-vps"], "/nonexistent");
  assert.is(code, 3, stderr);
  assert.match(
    stderr,
    /QEMU is not installed: qemu-system-\S+ and qemu-img\n.*apt install .*\n.*dnf install .*\n.*brew install qemu/,
  );
});

test("the settings may come from standard input, of which it chooses the only sensor", async () => {
  const input = settings.replace(", {name: nyc-vps}", "");
  const { code, stderr } = await sensorbake(["try", "-"], { env: { PATH: "/nonexistent" }, input });
  assert.is(code, 3, stderr);
  assert.match(stderr, /QEMU is not installed/);
});

test("without OpenSSH it says what to install, before it prepares a system", async () => {
  const { code, stderr } = await run(["--sensor", "fra-vps"], join(folder, "bin"));
  assert.is(code, 3, stderr);
  assert.match(stderr, /ssh is not installed\n.*apt install openssh-client/);
});

withTools(test, "without openssl it says what to install, before it prepares a system", async () => {
  const { stdout } = await execute("sh", ["-c", "command -v ssh; command -v ssh-keygen"]);
  for (const path of stdout.trim().split("\n")) await symlink(path, join(folder, "bin", basename(path)));
  const { code, stderr } = await run(["--sensor", "fra-vps"], join(folder, "bin"));
  assert.is(code, 3, stderr);
  assert.match(stderr, /openssl is not installed\n.*apt install openssl/);
});

test("reads the secrets of the settings only with --real-secrets", async () => {
  const backup = "backup: {password: {file: missing}}";
  await writeFile(join(folder, "sensors.yaml"), settings.replace("  target:", `  ${backup}\n  target:`));
  const harmless = await run(["--sensor", "fra-vps"], "/nonexistent");
  assert.is(harmless.code, 3, harmless.stderr);
  const real = await run(["--sensor", "fra-vps", "--real-secrets"], "/nonexistent");
  assert.is(real.code, 1, real.stderr);
  assert.match(real.stderr + real.stdout.toString(), /missing/);
});

async function hasMachine(): Promise<boolean> {
  const names = await readdir(join(folder, "tmp"));
  const vm = names.find((name) => name.startsWith("sensorbake-vm-"));
  return vm !== undefined && (await readdir(join(folder, "tmp", vm))).includes("monitor");
}

/** A trial that has begun: its machine has been started, and its first boot never ends. */
async function begin(
  hasBegun = hasMachine,
): Promise<{ readonly child: ChildProcess; readonly stderr: () => string }> {
  const words = ["try", "sensors.yaml", "--sensor", "fra-vps", "--image", "image.raw"];
  const env = {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    TMPDIR: join(folder, "tmp"),
    HOME: folder,
  };
  const child = spawn(process.execPath, [resolve("dist/sensorbake.js"), ...words], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await waitFor("the trial", hasBegun, 40).catch((error: Error) => {
    throw new Error(`${error.message}: ${stderr}`);
  });
  return { child, stderr: () => stderr };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  withTools(test, `${signal} leaves no process and no file behind`, async () => {
    const { child, stderr } = await begin();
    const below = processesBelow(child.pid ?? 0);
    assert.ok(below.length > 0);
    child.kill(signal);
    const [code] = await once(child, "exit");
    assert.is(code, 130, stderr());
    assert.equal(await readdir(join(folder, "tmp")), []);
    for (const pid of below) assert.throws(() => process.kill(pid, 0), "ESRCH");
  });

withTools(test, "Ctrl-C while DShield is cloned leaves no process and no file behind", async () => {
  const dshield = "dshield: {install: true, email: a@example.org, user_id: 1, api_key: {env: KEY}}";
  await writeFile(join(folder, "sensors.yaml"), settings.replace("  target:", `  ${dshield}\n  target:`));
  await writeFile(join(folder, "bin/git"), `#!/bin/sh\ntouch ${folder}/begun\nsleep 1000\n`, { mode: 0o755 });
  const { child, stderr } = await begin(async () => (await readdir(folder)).includes("begun"));
  const below = processesBelow(child.pid ?? 0);
  assert.ok(below.length > 0);
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.is(code, 130, stderr());
  assert.equal(await readdir(join(folder, "tmp")), []);
  await waitFor("the end of git", async () => below.every(hasEnded), 20);
});

withTools(test, "a trial that is killed leaves no process behind", async () => {
  const { child } = await begin();
  const below = processesBelow(child.pid ?? 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  await waitFor("the end of QEMU", async () => below.every(hasEnded), 20);
});

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test.run();
