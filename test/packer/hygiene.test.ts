import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { debianTreeTools } from "../support/debian-tree.ts";
import {
  folder,
  makeFolder,
  makeRoot,
  put,
  removeFolder,
  root,
  seal,
  verify,
} from "../support/image-hygiene.ts";
import { needs } from "../support/needs.ts";

// seal.sh and verify.sh on the parts of a Debian that identify one machine, as a folder.

const test = suite("packer/hygiene");
const withTree = needs(...debianTreeTools, "userdel", "ssh-keygen");
test.before.each(makeFolder);
test.after.each(removeFolder);

withTree(test, "finds the leftovers of a build, which sealing removes", async () => {
  await makeRoot();
  for (const [path, content] of faults) put(path, content);
  execFileSync("useradd", ["--prefix", root, "--create-home", "--no-log-init", "builder"]);
  put("/etc/sudoers.d/builder", "builder ALL=(ALL) NOPASSWD: ALL\n");
  const before = await verify("--build-user", "builder", "--root", root);
  assert.is(before.code, 1);
  for (const [path, , kind] of faults)
    assert.ok(before.stdout.includes(`${kind}: ${path}\n`), `${kind} ${path}`);
  for (const path of [
    "/etc/passwd (builder)",
    "/etc/shadow (builder)",
    "/home/builder",
    "/etc/sudoers.d/builder",
  ])
    assert.ok(before.stdout.includes(`build user: ${path}\n`), before.stdout);

  const sealed = await seal();
  assert.is(sealed.code, 0, sealed.stderr);
  const after = await verify("--build-user", "builder", "--root", root);
  assert.is(after.code, 0, after.stdout + after.stderr);
  assert.is(readFileSync(join(root, "etc/machine-id"), "utf8"), "");
  for (const path of [
    "etc/passwd-",
    "etc/shadow-",
    "home/builder",
    "etc/sudoers.d/builder",
    "var/lib/dbus/machine-id",
  ])
    assert.not.ok(existsSync(join(root, path)), path);
  // Sealing twice changes nothing.
  assert.is((await seal()).code, 0);
});

withTree(test, "sealing keeps the stamps of the baked steps, and the programs", async () => {
  await makeRoot();
  for (const path of ["40-packages.done", "45-clones.done", "50-dshield.done", "payload.done"])
    put(`/var/lib/honeypot/state/first-boot/${path}`, "now\n");
  put("/opt/honeypot/scripts/backup.sh", "#!/bin/sh\n");
  put("/etc/honeypot/baked.sha256", "sum\n");
  assert.is((await seal()).code, 0);
  const there = (path: string): boolean => existsSync(join(root, path));
  const stamps = "var/lib/honeypot/state/first-boot";
  assert.ok(there(`${stamps}/40-packages.done`));
  assert.ok(there(`${stamps}/45-clones.done`));
  assert.not.ok(there(`${stamps}/50-dshield.done`));
  assert.not.ok(there(`${stamps}/payload.done`));
  assert.ok(there("opt/honeypot/scripts/backup.sh"));
  assert.ok(there("etc/honeypot/baked.sha256"));
});

withTree(test, "refuses a sealed tree with any single fault", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  assert.is((await verify("--root", root)).code, 0);
  for (const [path, content, kind] of faults) {
    const target = join(root, path);
    const old = existsSync(target) ? readFileSync(target) : undefined;
    put(path, content);
    const { code, stdout } = await verify("--root", root);
    assert.is(code, 1, path);
    assert.ok(stdout.includes(`${kind}: ${path}\n`), stdout);
    if (old === undefined) rmSync(target);
    else writeFileSync(target, old);
  }
  assert.is((await verify("--root", root)).code, 0);
});

withTree(test, "a secret's value is found in a file, and never printed", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  const values = join(folder, "values");
  writeFileSync(values, "short\n\nC4N4RY-of-the-key\nC4N4RY with $(space)\n");
  const clean = await verify("--values", values, "--root", root);
  assert.is(clean.code, 0, clean.stdout);
  assert.match(clean.stderr, "less than 8 characters");
  put("/usr/local/notes", Buffer.concat([Buffer.from([0, 255, 0]), Buffer.from("xC4N4RY with $(space)x")]));
  const { code, stdout, stderr } = await verify("--values", values, "--root", root);
  assert.is(code, 1);
  assert.match(stdout, /^secret of line 4: \/usr\/local\/notes$/m);
  assert.not.match(stdout + stderr, "C4N4RY");
});

withTree(
  test,
  "a command in place of an account's number is not run, and neither is a path in place of its name",
  async () => {
    await makeRoot();
    assert.is((await seal()).code, 0);
    const accounts = readFileSync(join(root, "etc/passwd"), "utf8");
    const proof = join(folder, "ran");
    for (const line of [
      `mallory:x:BASH_VERSINFO[$(touch ${proof})]:1000::/:/bin/sh`,
      "mallory:x:07777777777777777777777:1000::/:/bin/sh",
      "mallory:x:0x3e8:1000::/:/bin/sh",
      `../../${"../".repeat(20)}${folder}/root/kept:x:1000:1000::/:/bin/sh`,
    ]) {
      put("/kept", "");
      put("/etc/passwd", `${accounts}${line}\n`);
      const judged = await verify("--root", root);
      assert.is(judged.code, 1, judged.stderr);
      assert.match(judged.stdout, /^(no number|build user): \/etc\/passwd /);
      const sealed = await seal();
      assert.is(sealed.code, 1);
      assert.match(sealed.stderr, "seal.sh: /etc/passwd has an account ");
      assert.not.ok(existsSync(proof), line);
      assert.ok(existsSync(join(root, "kept")), line);
    }
    // A leading zero does not make the number octal: this is 1000.
    put("/etc/passwd", `${accounts}mallory:x:01000:1000::/:/bin/sh\n`);
    assert.match((await verify("--root", root)).stdout, "build user: /etc/passwd (mallory)\n");
  },
);

withTree(test, "a file name in an image prints as one line without control characters", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  put("/etc/ssh/ssh_host_\nhost key: forged\u001b[2J", "key");
  const { stdout } = await verify("--root", root);
  assert.is(stdout, "host key: /etc/ssh/ssh_host_?host key: forged?[2J\n");
});

test("refuses a folder without /etc/passwd, or with a symlink in its place", async () => {
  mkdirSync(join(root, "etc"), { recursive: true });
  const judge = async () => {
    const { code, stdout, stderr } = await verify("--root", root);
    assert.is(code, 2, stdout + stderr);
    return stderr;
  };
  assert.is(await judge(), `verify.sh: ${root} has no /etc/passwd: is it a root file system?\n`);
  symlinkSync("/etc/passwd", join(root, "etc/passwd"));
  assert.is(await judge(), `verify.sh: ${root} has no /etc/passwd: is it a root file system?\n`);
  rmSync(join(root, "etc"), { recursive: true });
  symlinkSync("/etc", join(root, "etc"));
  assert.is(await judge(), `verify.sh: ${root} has no /etc: is it a root file system?\n`);
});

withTree(test, "the seal deletes attackers' files, but no targets of their symlinks", async () => {
  await makeRoot();
  const kept = [
    "precious/etc/a",
    "precious/b",
    "precious/dshield.ini",
    "precious/cowrie.cfg",
    "srv/web/env/cacert.pem",
  ];
  for (const path of kept) put(`/${path}`, "kept\n");
  const gone = [
    "srv/log/a",
    "srv/db/b/c",
    "srv/web/x.pem",
    "srv/cowrie/var/log/cowrie/\xff\n",
    "srv/cowrie.2026/x",
  ];
  for (const path of gone) put(`/${path}`, "gone\n");
  mkdirSync(join(root, "srv/cowrie/var/lib"), { recursive: true });
  mkdirSync(join(root, "srv/dshield"), { recursive: true });
  for (const [link, target] of [
    ["srv/cowrie/var/lib/cowrie", "../../../../precious"],
    ["srv/cowrie/etc", "../../precious"],
    ["srv/dshield/etc", "../../precious"],
    ["srv/db/link", "../../precious"],
    ["precious/downloads", "etc"],
    ["precious/tty", "."],
  ] as const)
    symlinkSync(target, join(root, link));
  assert.is((await seal()).code, 0);
  for (const path of kept) assert.ok(existsSync(join(root, path)), path);
  for (const path of gone) assert.not.ok(existsSync(join(root, path)), path);
});

const faults: readonly (readonly [path: string, content: string, kind: string])[] = [
  ["/etc/ssh/ssh_host_ed25519_key", "key", "host key"],
  ["/etc/ssh/ssh_host_rsa_key.pub", "key", "host key"],
  ["/etc/machine-id", "0123456789abcdef0123456789abcdef\n", "machine-id"],
  ["/var/lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n", "machine-id"],
  ["/root/.bash_history", "ls\n", "history"],
  ["/root/.ssh/authorized_keys", "ssh-ed25519 AAAA\n", "authorised key"],
  ["/root/.ssh/id_ed25519", "key\n", "key of a user"],
  ["/var/log/auth.log", "line\n", "log"],
  ["/var/log/journal/0123/system.journal", "LPKSHHRH", "log"],
  ["/var/lib/cloud/data/instance-id", "sensorbake-build\n", "cloud-init state"],
  ["/etc/sudoers.d/90-cloud-init-users", "debian ALL=(ALL) NOPASSWD: ALL\n", "cloud-init state"],
  ["/etc/netplan/50-cloud-init.yaml", "network: {version: 2}\n", "cloud-init state"],
  ["/srv/dshield/etc/dshield.ini", "piid=0123\n", "DShield identity"],
  ["/etc/cron.d/dshield", "1 * * * * root true\n", "DShield identity"],
  ["/srv/cowrie/var/lib/cowrie/ssh_host_rsa_key", "key", "DShield identity"],
  ["/srv/cowrie/var/lib/cowrie/tty/0123", "attack", "DShield identity"],
  ["/srv/log/webhoneypot_2026-01-01.json", "{}\n", "log"],
  ["/etc/honeypot/secrets/backup_password", "infected\n", "identity of a sensor"],
  ["/etc/default/honeypot", 'SENSOR_NAME="a"\n', "identity of a sensor"],
  ["/var/lib/honeypot/state/first-boot.done", "now\n", "identity of a sensor"],
  ["/var/lib/systemd/random-seed", "seed", "random seed"],
  ["/var/lib/dhcp/dhclient.eth0.leases", "lease {}\n", "lease"],
  ["/var/tmp/script_1234.sh", "true\n", "left behind"],
];

test.run();
