import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { debianTreeTools } from "../support/debian-tree.ts";
import {
  folder,
  makeDisk,
  makeDiskOfParts,
  makeFileSystem,
  makeFolder,
  makeRoot,
  put,
  removeFolder,
  root,
  seal,
  verify,
} from "../support/image-hygiene.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

// verify.sh on disk images: their partitions, file systems and bytes.

const test = suite("packer/hygiene-disks");
const withDisk = needs(...debianTreeTools, "userdel", "debugfs", "sfdisk", "qemu-img", "unshare");
const withDisks = needs(
  ...[...debianTreeTools, "userdel", "debugfs", "sfdisk", "blkid", "qemu-img", "mkfs.vfat", "mcopy"],
);
test.before.each(makeFolder);
test.after.each(removeFolder);

withDisk(test, "a disk is read without mounting: raw, qcow2, with and without partitions", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  const plain = makeFileSystem("plain.img");
  const sealed = await verify(plain);
  assert.is(sealed.code, 0, sealed.stdout);
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
  // Once in a place that is not searched as a file, and once as bytes outside every file.
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

withDisks(test, "each file system is checked at its mount point: FAT, /boot, /var and others", async () => {
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
  // The image also contains the files that the file system of /var hides.
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
});

withDisks(test, "a Pi's boot partition may contain the system's own seed, but no sensor's seed", async () => {
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
  const plain = await verify(disk);
  assert.is(plain.code, 0, plain.stdout);
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

withDisks(test, "refuses a file system of another kind, or without a known mount point", async () => {
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
  // A partition that was ext4 and is now FAT, or the reverse.
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", first, "8M"]);
  const other = join(folder, "fat");
  execFileSync("mkfs.vfat", ["-C", other, "8192"], { stdio: "ignore" });
  execFileSync("dd", [`if=${other}`, `of=${first}`, "bs=512", "count=1", "conv=notrunc", "status=none"]);
  lay();
  const both = await verify(disk);
  assert.is(both.code, 2, both.stdout);
  assert.match(both.stderr, "cannot tell what file system partition 1 of ");
});

withDisk(test, "refuses an image that it cannot read", async () => {
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

withDisks(test, "an image cannot make verify.sh write outside the extracted folder", async () => {
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

withDisk(test, "refuses a file system that has the same name twice, which no kernel creates", async () => {
  await makeRoot();
  assert.is((await seal()).code, 0);
  symlinkSync(join(folder, "outside"), join(root, "home/twice-1"));
  put("/home/twice-2", "planted\n");
  const image = join(folder, "twice.img");
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-O", "^metadata_csum", "-d", root, image, "64M"]);
  // The names exist only in the directory.
  const bytes = readFileSync(image);
  for (const name of ["twice-1", "twice-2"]) bytes.write("a-twice", bytes.indexOf(name));
  writeFileSync(image, bytes);
  const { code, stderr } = await verify(image);
  assert.is(code, 2);
  assert.match(stderr, "e2fsck finds faults");
  assert.not.ok(existsSync(join(folder, "outside")));
});

needs(
  "unshare",
  "mount",
  "losetup",
  "mke2fs",
  "dd",
)(
  test,
  "without discard, the disk's bytes do not contain deleted files that lay between kept ones",
  async () => {
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
  },
);

withDisk(test, "refuses a disk with unreadable files", async () => {
  put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
  put("/etc/large", Buffer.alloc(3 << 20, 7));
  put("/var/log/auth.log", "line\n");
  const image = makeFileSystem("small.img");
  assert.is((await verify(image)).code, 1);
  // Only this process sees the small file system.
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

test.run();
