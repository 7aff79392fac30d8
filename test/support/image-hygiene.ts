import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { debianTree } from "./debian-tree.ts";
import { execute, type Outcome } from "./scratch-root.ts";

/** The temporary folder of the current test, and the root file system in it. */
export let folder = "";
export let root = "";

export function makeFolder(): void {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-hygiene-"));
  root = join(folder, "root");
}

export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The files of a Debian that differ between machines, with the payload's clean.d. */
export async function makeRoot(): Promise<void> {
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

export function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

export function makeFileSystem(name: string): string {
  const file = join(folder, name);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", root, file, "64M"]);
  return file;
}

/** The file system as the second partition, as on a Pi. */
export function makeDisk(fileSystem: string): string {
  const disk = `${fileSystem}.disk`;
  execFileSync("truncate", ["--size=96M", disk]);
  execFileSync("sfdisk", ["--quiet", disk], { input: "start=2048, size=8M, type=c\nstart=32768, type=83\n" });
  const words = [`if=${fileSystem}`, `of=${disk}`, "bs=1M", "seek=16", "conv=notrunc,sparse", "status=none"];
  execFileSync("dd", words);
  return disk;
}

type Parts = Readonly<Record<"efi" | "boot" | "var" | "home", string>>;

/** A disk with a table of kind gpt: FAT, /boot, the root, /var and /home, named by the fstab in four ways. */
export function makeDiskOfParts(name: string, given?: Parts) {
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

export function seal(): Promise<Outcome> {
  return execute("bash", ["packer/seal.sh"], { ...process.env, HONEYPOT_ROOT: root });
}

export function verify(...words: readonly string[]): Promise<Outcome> {
  return execute("bash", ["packer/verify.sh", ...words]);
}
