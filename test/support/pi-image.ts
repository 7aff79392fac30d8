import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a stand-in for an image of a Pi is to be like. Sizes in MiB. */
export type PiImage = {
  readonly kind: "raspios-12" | "raspios-13" | "ubuntu" | "bare";
  readonly table?: "dos" | "gpt";
  readonly bootStart?: number;
  readonly bootSize?: number;
  readonly rootSize?: number;
  /** Files of the boot partition besides those that tell the kind. */
  readonly files?: number;
  readonly label?: string;
  /** FAT of so many bits; 32, as on a Pi, takes 34 MiB at the least. */
  readonly fat?: 16 | 32;
};

/** The tools that make and judge stand-in images. */
export const imageTools = ["mkfs.vfat", "fsck.vfat", "mcopy", "mtype", "mke2fs", "sfdisk"] as const;

/** Where the parts of a stand-in lie, in bytes. */
export type Made = {
  readonly path: string;
  readonly boot: number;
  readonly root: number;
  readonly size: number;
};

const MiB = 1 << 20;

/**
 * Makes an image as pi-gen does: 8 MiB alignment, FAT32 with one sector a cluster, ext4 behind it. Sparse, a
 * fraction of a second.
 */
export function makePiImage(path: string, given: PiImage): Made {
  const { table = "dos", bootStart = 8, bootSize = 36, rootSize = 8, files = 300, label } = given;
  const bits = String(given.fat ?? 32);
  const size = (bootStart + bootSize + rootSize + 1) * MiB;
  const [boot, root] = [bootStart * MiB, (bootStart + bootSize) * MiB];
  const [fat, linux] = table === "dos" ? ["c", "83"] : ["EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "L"];
  writeFileSync(path, "");
  truncateSync(path, size);
  const identity = table === "dos" ? "label-id: 0x12345678\n" : "";
  const layout = `label: ${table}\n${identity}start=${bootStart}MiB, size=${bootSize}MiB, type=${fat}\nstart=${bootStart + bootSize}MiB, size=${rootSize}MiB, type=${linux}\n`;
  run("sfdisk", ["--quiet", "--no-tell-kernel", path], layout);

  const work = mkdtempSync(join(tmpdir(), "pi-image-"));
  try {
    const name = label ?? (given.kind === "ubuntu" ? "system-boot" : "bootfs");
    const format = ["-F", bits, "-s", "1", "-n", name, "--invariant", "--offset", String(boot / 512)];
    run("mkfs.vfat", [...format, path, String(bootSize * 1024)]);
    for (const [file, content] of bootFilesOf(given.kind, files)) {
      mkdirSync(join(work, "boot", file, ".."), { recursive: true });
      writeFileSync(join(work, "boot", file), content);
    }
    run("sh", ["-c", `mcopy -s -i "$1@@${boot}" "$2"/boot/* ::/`, "sh", path, work]);
    mkdirSync(join(work, "root/etc"), { recursive: true });
    writeFileSync(join(work, "root/etc/hostname"), "raspberrypi\n");
    const flags = ["-q", "-t", "ext4", "-d", join(work, "root"), "-E", `offset=${root}`, "-L", "rootfs"];
    run("mke2fs", [...flags, path, `${rootSize}M`]);
  } finally {
    rmSync(work, { recursive: true });
  }
  return { path, boot, root, size };
}

/** A file of the boot partition, as mtools reads it. */
export function bootFile({ path, boot }: Made, file: string): Buffer {
  return execFileSync("mtype", ["-i", `${path}@@${boot}`, `::/${file}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Every file of the boot partition by its path, as mtools reads them. */
export function bootTree({ path, boot }: Made): ReadonlyMap<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "pi-tree-"));
  try {
    run("mcopy", ["-s", "-n", "-i", `${path}@@${boot}`, "::/", folder]);
    const found = execFileSync("find", [".", "-type", "f"], { cwd: folder, encoding: "utf8" });
    const names = found.trim().split("\n").sort();
    return new Map(names.map((name) => [name.slice(2), readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `fsck.vfat -n` says of the boot partition; throws when it finds anything wrong. */
export function checkBoot(made: Made, bytes: number): string {
  const alone = `${made.path}.boot`;
  try {
    const place = [`skip=${made.boot / MiB}`, `count=${bytes / MiB}`, "bs=1M", "conv=sparse"];
    run("dd", [`if=${made.path}`, `of=${alone}`, ...place]);
    return execFileSync("fsck.vfat", ["-n", alone], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    rmSync(alone, { force: true });
  }
}

/** SHA-256 of the bytes from `start` to `end`. */
export function digestOf({ path }: Made, start: number, end: number): string {
  const digest = createHash("sha256");
  const descriptor = openSync(path, "r");
  const block = Buffer.alloc(4 * MiB);
  for (let at = start; at < end; ) {
    const count = readSync(descriptor, block, 0, Math.min(block.length, end - at), at);
    digest.update(block.subarray(0, count));
    at += count;
  }
  closeSync(descriptor);
  return digest.digest("hex");
}

/** Spoils one byte. */
export function poke({ path }: Made, position: number, byte: number): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, Uint8Array.of(byte), 0, 1, position);
  closeSync(descriptor);
}

function run(command: string, words: readonly string[], input = ""): void {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, MTOOLS_SKIP_CHECK: "1" };
  execFileSync(command, words, { input, env, stdio: ["pipe", "ignore", "pipe"] });
}

function bootFilesOf(kind: PiImage["kind"], count: number): readonly (readonly [string, string])[] {
  const many = Array.from(
    { length: count },
    (_, index) => [`overlays/overlay-${index}.dtbo`, `${index} `.repeat(1 + ((index * 37) % 700))] as const,
  );
  const root = "root=PARTUUID=12345678-02 rootfstype=ext4 fsck.repair=yes rootwait quiet";
  const first = kind === "raspios-12" ? " init=/usr/lib/raspberrypi-sys-mods/firstboot" : "";
  const common = [
    ["cmdline.txt", `console=serial0,115200 console=tty1 ${root}${first}\n`],
    ["config.txt", "# For more options see the documentation\ndtparam=audio=on\n\n[cm4]\notg_mode=1\n"],
    ["kernel8.img", "k".repeat(200_000)],
    ...many,
  ] as const;
  if (kind === "bare") return common;
  if (kind === "ubuntu")
    return [...common, ["user-data", "#cloud-config\n"], ["meta-data", "instance_id: cloud-image\n"]];
  const issue = ["issue.txt", "Raspberry Pi reference 2025-11-24\nGenerated using pi-gen, stage2\n"] as const;
  if (kind === "raspios-12") return [...common, issue];
  return [
    ...[...common, issue],
    ["user-data", `#cloud-config\n${"# a comment of the stock file\n".repeat(60)}`],
    ["meta-data", "instance_id: rpios-image\n"],
    ["network-config", "# nothing\n"],
  ];
}
