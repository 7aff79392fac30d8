import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { debianTree, debianTreeTools } from "../support/debian-tree.ts";
import { needs } from "../support/needs.ts";
import { execute, type Outcome } from "../support/scratch-root.ts";

// seal.sh and verify.sh on what of a Debian belongs to one machine, as a folder and as a disk.

const test = suite("packer/hygiene");
const withTree = needs(...debianTreeTools, "userdel", "ssh-keygen");
const withDisk = needs(...debianTreeTools, "userdel", "debugfs", "sfdisk", "qemu-img", "unshare");
const withDisks = needs(
  ...[...debianTreeTools, "userdel", "debugfs", "sfdisk", "blkid", "qemu-img", "mkfs.vfat", "mcopy"],
);
let folder: string;
let root: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-hygiene-"));
  root = join(folder, "root");
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

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

withTree(test, "the steps that were baked, and the programs, outlive the seal", async () => {
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

withTree(test, "a sealed tree with one fault is refused, whichever it is", async () => {
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

withDisk(test, "a disk is read without mounting: raw, qcow2, with and without partitions", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  const plain = makeFileSystem("plain.img");
  assert.is((await verify(plain)).code, 0, (await verify(plain)).stdout);
  const disk = makeDisk(plain);
  assert.is((await verify(disk)).code, 0);

  put("/etc/ssh/ssh_host_ed25519_key", "key");
  put("/var/log/auth.log", "it was C4N4RY-of-the-key\n");
  put("/usr/share/doc/notes", "C4N4RY-of-the-book\n");
  const values = join(folder, "values");
  writeFileSync(values, "C4N4RY-of-the-key\n");
  const faulty = makeDisk(makeFileSystem("faulty.img"));
  const packed = join(folder, "faulty.qcow2");
  execFileSync("qemu-img", ["convert", "-c", "-O", "qcow2", faulty, packed]);
  for (const image of [faulty, packed]) {
    const { code, stdout } = await verify("--values", values, image);
    assert.is(code, 1);
    assert.equal(stdout.trim().split("\n").sort(), [
      "host key: /etc/ssh/ssh_host_ed25519_key",
      "log: /var/log/auth.log",
      "secret of line 1: /var/log/auth.log",
      "secret of line 1: in the image's bytes",
    ]);
  }
  // In a place that is not looked at as a file, and as bytes that belong to none.
  writeFileSync(values, "C4N4RY-of-the-book\n");
  assert.match((await verify("--values", values, packed)).stdout, "secret of line 1: in the image's bytes");
  execFileSync("dd", [`of=${disk}`, "bs=1", "seek=600", "conv=notrunc", "status=none"], {
    input: "C4N4RY-of-the-book",
  });
  assert.equal(
    (await verify("--values", values, disk)).stdout.trim(),
    "secret of line 1: in the image's bytes",
  );
});

withDisks(
  test,
  "each file system is looked at, where it would be mounted: FAT, /boot, /var and others",
  async () => {
    await makeRoot();
    assert.is((await seal()).code, 0);
    const values = join(folder, "values");
    writeFileSync(values, "C4N4RY-of-the-key\n");
    const clean = makeDiskOfParts("clean");
    const judged = await verify("--values", values, clean.image);
    assert.is(judged.code, 0, judged.stdout + judged.stderr);

    clean.put("efi", "notes/a.txt", "it was C4N4RY-of-the-key\n");
    clean.put("efi", "loader/random-seed", "seed");
    clean.put("boot", "firmware/user-data", "#cloud-config\nhostname: fra-vps\n");
    clean.put("var", "log/auth.log", "line\n");
    clean.put("var", "lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n");
    clean.put("home", "analyst/.ssh/authorized_keys", "ssh-ed25519 AAAA\n");
    // What the file system of /var hides is in the image, too.
    put("/var/log/auth.log", "hidden\n");
    put("/etc/ssh/ssh_host_ed25519_key", "key");
    const faulty = makeDiskOfParts("faulty", clean.folders);
    const { code, stdout, stderr } = await verify("--values", values, faulty.image);
    assert.is(code, 1, stderr);
    assert.equal(stdout.trim().split("\n").sort(), [
      "authorised key: /home/analyst/.ssh/authorized_keys",
      "host key: /etc/ssh/ssh_host_ed25519_key",
      "log: /var/log/auth.log",
      "log: /var/log/auth.log.~1~",
      "machine-id: /var/lib/dbus/machine-id",
      "random seed: /boot/efi/loader/random-seed",
      "secret of line 1: /boot/efi/notes/a.txt",
      "secret of line 1: in the image's bytes",
      "settings of a machine: /boot/firmware/user-data",
    ]);
  },
);

withDisks(test, "a Pi's boot partition may have the system's own seed, and none of a sensor's", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  put(
    "/etc/fstab",
    "PARTUUID=12345678-02 / ext4 defaults 0 1\nPARTUUID=12345678-01 /boot/firmware vfat defaults 0 2\n",
  );
  const disk = makeDisk(makeFileSystem("pi.img"));
  execFileSync("sfdisk", ["--quiet", "--disk-id", disk, "0x12345678"]);
  execFileSync("mkfs.vfat", ["--offset", "2048", disk, "8192"], { stdio: "ignore" });
  const lay = (path: string, content: string) =>
    execFileSync("mcopy", ["-o", "-i", `${disk}@@1M`, "-", `::/${path}`], { input: content });
  lay("user-data", "#cloud-config\n# hostname: raspberrypi\nssh_pwauth: false\n");
  lay("network-config", "network:\n  version: 2\n#      access-points:\n");
  assert.is((await verify(disk)).code, 0, (await verify(disk)).stdout);
  lay("network-config", 'network: {version: 2, wifis: {wlan0: {access-points: {"lab": {}}}}}\n');
  lay("user-data", "#cloud-config\nwrite_files: []\n");
  lay("honeypot.tar.gz", "archive");
  lay("sensor-first-boot.log", "line\n");
  const { code, stdout } = await verify(disk);
  assert.is(code, 1);
  assert.equal(stdout.trim().split("\n").sort(), [
    "identity of a sensor: /boot/firmware/honeypot.tar.gz",
    "log: /boot/firmware/sensor-first-boot.log",
    "settings of a machine: /boot/firmware/network-config",
    "settings of a machine: /boot/firmware/user-data",
  ]);
});

withDisks(test, "a file system of another kind, or of no known place, is not passed over", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  const disk = makeDisk(makeFileSystem("other.img"));
  const first = join(folder, "first");
  const lay = () =>
    execFileSync("dd", [`if=${first}`, `of=${disk}`, "bs=1M", "seek=1", "conv=notrunc", "status=none"]);
  execFileSync("mke2fs", ["-q", "-t", "ext4", first, "8M"]);
  lay();
  const unnamed = await verify(disk);
  assert.is(unnamed.code, 2, unnamed.stdout);
  assert.match(unnamed.stderr, "does not say where its partition 1 is mounted; mount it, and use --root");
  writeFileSync(first, Buffer.alloc(8 << 20));
  // The magic of LUKS, version 1.
  writeFileSync(
    first,
    Buffer.concat([Buffer.from("LUKS\xba\xbe\0\x01", "latin1"), Buffer.alloc((8 << 20) - 8)]),
  );
  lay();
  const locked = await verify(disk);
  assert.is(locked.code, 2, locked.stdout);
  assert.match(locked.stderr, "has a file system that is crypto_LUKS; mount it, and use --root");
  // What was ext4 and is FAT, or the other way round.
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", first, "8M"]);
  const other = join(folder, "fat");
  execFileSync("mkfs.vfat", ["-C", other, "8192"], { stdio: "ignore" });
  execFileSync("dd", [`if=${other}`, `of=${first}`, "bs=512", "count=1", "conv=notrunc", "status=none"]);
  lay();
  const both = await verify(disk);
  assert.is(both.code, 2, both.stdout);
  assert.match(both.stderr, "cannot tell what file system partition 1 of ");
});

withDisk(test, "does not pass an image that it cannot read", async () => {
  writeFileSync(join(folder, "noise.img"), Buffer.alloc(4 * 1024 * 1024, 7));
  mkdirSync(root);
  for (const words of [
    [join(folder, "noise.img")],
    ["--root", root],
    [],
    ["--root"],
    ["/nowhere.img"],
    ["--what"],
  ]) {
    const { code, stderr } = await verify(...words);
    assert.is(code, 2, words.join(" "));
    assert.match(stderr, /^verify\.sh: /);
  }
  await makeRoot();
  assert.is((await verify("--values", "/nowhere", "--root", root)).code, 2);
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
    // A leading zero is no octal number: this one is 1000.
    put("/etc/passwd", `${accounts}mallory:x:01000:1000::/:/bin/sh\n`);
    assert.match((await verify("--root", root)).stdout, "build user: /etc/passwd (mallory)\n");
  },
);

withTree(test, "a name in an image writes one line, and nothing else to a terminal", async () => {
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

withDisks(test, "an image cannot have its files laid beside the folder that is looked at", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  const judge = async (place: string) => {
    put("/etc/fstab", `LABEL=other ${place} ext4 defaults 0 1\n`);
    const disk = makeDisk(makeFileSystem("other.img"));
    const other = join(folder, "other-tree");
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, "planted"), "x");
    execFileSync("mke2fs", [
      ...["-q", "-F", "-t", "ext4", "-L", "other", "-d", other, "-E", "offset=1048576", disk, "8M"],
    ]);
    return verify("--keep", join(folder, "kept", String(Math.random())), disk);
  };
  assert.is((await judge("/home")).code, 0);
  for (const place of ["/../../outside", "/home/../../../outside", "relative", "/a\\040b", "/$(id)"]) {
    const { code, stderr } = await judge(place);
    assert.is(code, 2, place);
    assert.match(stderr, "mount it, and use --root");
  }
  symlinkSync(folder, join(root, "home/link"));
  const behind = await judge("/home/link");
  assert.is(behind.code, 2, behind.stdout);
  assert.match(behind.stderr, "/home/link of ");
  assert.not.ok(existsSync(join(folder, "planted")));
  assert.not.ok(readdirSync(folder).includes("outside"));
});

withDisk(test, "a file system with the same name twice, as no kernel makes it, is not read", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  symlinkSync(join(folder, "outside"), join(root, "home/twice-1"));
  put("/home/twice-2", "planted\n");
  const image = join(folder, "twice.img");
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-O", "^metadata_csum", "-d", root, image, "64M"]);
  // The names stand in a directory only.
  const bytes = readFileSync(image);
  for (const name of ["twice-1", "twice-2"]) bytes.write("a-twice", bytes.indexOf(name));
  writeFileSync(image, bytes);
  const { code, stderr } = await verify(image);
  assert.is(code, 2);
  assert.match(stderr, "e2fsck finds faults");
  assert.not.ok(existsSync(join(folder, "outside")));
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

needs(
  "unshare",
  "mount",
  "losetup",
  "mke2fs",
  "dd",
)(test, "what was deleted between files that stay is not in the disk's bytes, without discard", async () => {
  const image = join(folder, "disk.img");
  const mounted = join(folder, "mounted");
  mkdirSync(mounted);
  execFileSync("truncate", ["--size=512M", image]);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-b", "4096", image]);
  const script = `mount -o loop "$1" "$2"
      for number in {1..200}; do echo "C4N4RY-$number" >"$2/gone-$number"; echo stays >"$2/kept-$number"; done
      sync; rm "$2"/gone-*; sync
      grep --text --count C4N4RY "$1"
      fstrim() { false; }
      eval "$(sed --quiet '/^\\(free_blocks\\|file_systems\\)() {/,/^}/p' packer/seal.sh)"
      file_systems | grep --line-regexp --fixed-strings --count "$2"
      free_blocks "$2"
      ls "$2"/kept-* | wc --lines; ls "$2" | wc --lines; umount "$2"`;
  const words = ["--mount", "bash", "-euo", "pipefail", "-c", script, "bash", image, mounted];
  const { code, stdout, stderr } = await execute("unshare", words);
  assert.is(code, 0, stderr);
  const [before, listed, kept, all] = stdout.trim().split("\n").map(Number);
  assert.ok((before ?? 0) > 100, stdout);
  assert.equal([listed, kept, all], [1, 200, 201], stdout);
  const left = await execute("grep", ["--text", "--only-matching", "C4N4RY", image]);
  assert.is(left.stdout, "");
});

withDisk(test, "does not pass a disk with unreadable files", async () => {
  put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
  put("/etc/large", Buffer.alloc(3 << 20, 7));
  put("/var/log/auth.log", "line\n");
  const image = makeFileSystem("small.img");
  assert.is((await verify(image)).code, 1);
  // Nothing but this process sees the small file system.
  const room = join(folder, "room");
  mkdirSync(room);
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && TMPDIR="$1" exec bash packer/verify.sh "$2"';
  const full = await execute("unshare", ["--mount", "bash", "-c", script, "bash", room, image]);
  assert.is(full.code, 2, full.stdout);
  assert.match(full.stderr, /^verify\.sh: cannot read \/etc of .*: rdump: No space left on device/);
  // The power was cut: the newest files are only in the journal, which debugfs does not read.
  execFileSync("debugfs", ["-w", "-R", "feature needs_recovery", image], { stdio: "ignore" });
  const cut = await verify(image);
  assert.is(cut.code, 2, cut.stdout);
  assert.match(cut.stderr, "was not shut down");
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

/** What of a Debian differs from machine to machine, with the payload's clean.d. */
async function makeRoot(): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  const tree = await debianTree("debian-13");
  mkdirSync(join(root, "usr/sbin"), { recursive: true });
  for (const part of ["etc", "var", "root", "home", "tmp"])
    execFileSync("cp", ["--archive", join(tree, part), join(root, part)]);
  rmSync(join(root, "var/lib/dpkg"), { recursive: true });
  const hook = "etc/cloud/clean.d/50-honeypot";
  mkdirSync(dirname(join(root, hook)), { recursive: true });
  execFileSync("install", ["-D", "--mode=0755", join("packer/payload/tree", hook), join(root, hook)]);
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function makeFileSystem(name: string): string {
  const file = join(folder, name);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", root, file, "64M"]);
  return file;
}

/** The file system as the second partition, as on a Pi. */
function makeDisk(fileSystem: string): string {
  const disk = `${fileSystem}.disk`;
  execFileSync("truncate", ["--size=96M", disk]);
  execFileSync("sfdisk", ["--quiet", disk], { input: "start=2048, size=8M, type=c\nstart=32768, type=83\n" });
  const words = [`if=${fileSystem}`, `of=${disk}`, "bs=1M", "seek=16", "conv=notrunc,sparse", "status=none"];
  execFileSync("dd", words);
  return disk;
}

type Parts = Readonly<Record<"efi" | "boot" | "var" | "home", string>>;

/** A disk with a table of kind gpt: FAT, /boot, the root, /var and /home, named by the fstab in four ways. */
function makeDiskOfParts(name: string, given?: Parts) {
  const place = (part: string): string => join(folder, `${name}-${part}`);
  const folders: Parts = given ?? {
    efi: place("efi"),
    boot: place("boot"),
    var: place("var"),
    home: place("home"),
  };
  for (const part of Object.values(folders)) mkdirSync(part, { recursive: true });
  const uuid = "0fc63daf-8483-4772-8e79-3d69d8477de4";
  const partition = "11111111-2222-3333-4444-555555555555";
  put(
    "/etc/fstab",
    `# the disk of a test\nLABEL="root" / ext4 defaults 0 1\nLABEL=BOOT /boot ext4 defaults 0 2\nPARTUUID=${partition} /boot/efi vfat umask=0077 0 1\nUUID=${uuid} /var ext4 defaults 0 2\n/dev/vda5 /home/ ext4 defaults 0 2\n`,
  );
  const image = join(folder, `${name}.disk`);
  rmSync(image, { force: true });
  execFileSync("truncate", ["--size=136M", image]);
  const sizes = [8, 16, 64, 24, 16];
  const types = ["C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "L", "L", "L", "L"];
  const lines = sizes.map(
    (size, index) => `size=${size}M, type=${types[index]}${index === 0 ? `, uuid=${partition}` : ""}\n`,
  );
  execFileSync("sfdisk", ["--quiet", image], { input: `label: gpt\n${lines.join("")}` });
  const start = (index: number): number => 1 + sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  const ext = (index: number, tree: string, ...words: string[]) =>
    execFileSync("mke2fs", [
      ...[
        "-q",
        "-F",
        "-t",
        "ext4",
        "-d",
        tree,
        ...words,
        "-E",
        `offset=${start(index) << 20}`,
        image,
        `${sizes[index]}M`,
      ],
    ]);
  execFileSync("mkfs.vfat", ["--offset", String((start(0) << 20) / 512), image, String(8 * 1024)], {
    stdio: "ignore",
  });
  for (const entry of readdirSync(folders.efi))
    execFileSync("mcopy", ["-s", "-i", `${image}@@1M`, join(folders.efi, entry), "::/"]);
  ext(1, folders.boot, "-L", "BOOT");
  ext(2, root, "-L", "root");
  ext(3, folders.var, "-U", uuid);
  ext(4, folders.home);
  return {
    image,
    folders,
    put: (part: keyof Parts, path: string, content: string) => {
      mkdirSync(dirname(join(folders[part], path)), { recursive: true });
      writeFileSync(join(folders[part], path), content);
    },
  };
}

function seal(): Promise<Outcome> {
  return execute("bash", ["packer/seal.sh"], { ...process.env, HONEYPOT_ROOT: root });
}

function verify(...words: readonly string[]): Promise<Outcome> {
  return execute("bash", ["packer/verify.sh", ...words]);
}

test.run();
