import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DebianRelease, DebianSystem } from "../../src/emulation/debian.ts";
import { bootDisk } from "./debian-tree.ts";
import { execute, type Outcome } from "./scratch-root.ts";
import { writeSettings } from "./sensor-under-test.ts";
import { sensorbake } from "./sensorbake.ts";

/** An image that Packer has baked, as a raw disk, with what was said of it. */
export type BakedImage = DebianSystem & {
  /** The image as Packer left it. */
  readonly qcow2: string;
  readonly bundle: string;
  /** What `sensorbake packer --build` said. */
  readonly said: string;
  /** Texts that the image must not contain: the key and the names of the settings. */
  readonly canaries: readonly string[];
  readonly seconds: number;
  readonly remove: () => Promise<void>;
};

/** What {@link bakeImage} needs besides the tools of a boot test. */
export const bakeTools = ["packer", "xorriso", "grep", "debugfs"] as const;

/** The sensors to bake, instead of those of `sensor-under-test.ts`. */
export type Recipe = {
  /** Writes the settings into a folder that has the admin's `key.pub`, and returns their path. */
  readonly write: (folder: string, release: DebianRelease) => Promise<string>;
  /** Files that the base image has besides its own. */
  readonly files: Readonly<Record<string, string>>;
  /** Words of the settings that must be nowhere in the image. */
  readonly canaries: readonly string[];
};

const usual: Recipe = { write: writeSettings, files: {}, canaries: [] };

/**
 * Has the real command bake an image, with Debian's Packer and QEMU without acceleration, from the test's own Debian,
 * whose kernel is outside of its disk.
 */
export async function bakeImage(release: DebianRelease, recipe: Recipe = usual): Promise<BakedImage> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-bake-"));
  const file = (name: string): string => join(folder, name);
  const base = await withFiles(await bootDisk(release), recipe.files, file("base.img"));
  const append = "root=LABEL=root ro console=ttyS0 net.ifnames=0";
  const variables = {
    accelerator: "tcg",
    base_url_amd64: base.disk,
    base_checksum_amd64: `sha256:${await sha256(base.disk)}`,
    disk_size: "6G",
    qemu_arguments: [
      ["-cpu", "max"],
      ["-kernel", base.kernel.image],
      ["-initrd", base.kernel.initrd],
      ["-append", append],
      ["-serial", `file:${file("console")}`],
    ],
  };
  await writeFile(file("variables.json"), JSON.stringify(variables));
  must(await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file("key")]));
  const settings = await recipe.write(folder, release);
  const words = ["--build", "qemu.amd64", "--images", file("images"), "--var-file", file("variables.json")];
  const begin = Date.now();
  const { code, stdout, stderr } = await sensorbake(
    ["packer", settings, "--output", file("bundle"), ...words],
    {
      env: { HOME: folder, PACKER_CACHE_DIR: file("cache"), TMPDIR: tmpdir() },
    },
  );
  if (code !== 0) {
    const console = await readFile(file("console"), "utf8").catch(() => "");
    throw new Error(
      `packer --build ended with ${code}\n${stderr}\n--- console:\n${console.split("\n").slice(-60).join("\n")}`,
    );
  }
  const seconds = Math.round((Date.now() - begin) / 1000);
  const qcow2 = stdout.toString().trim();
  must(await execute("qemu-img", ["convert", "-O", "raw", qcow2, file("image.raw")]));
  const [, key = ""] = (await readFile(file("key.pub"), "utf8")).split(" ");
  return {
    ...base,
    disk: file("image.raw"),
    qcow2,
    bundle: file("bundle"),
    said: stderr,
    canaries: ["fra-vps", "nyc-vps", key, ...recipe.canaries],
    seconds,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function withFiles(base: DebianSystem, files: Recipe["files"], copy: string): Promise<DebianSystem> {
  if (Object.keys(files).length === 0) return base;
  must(await execute("cp", ["--reflink=auto", "--sparse=always", base.disk, copy]));
  for (const [path, content] of Object.entries(files)) {
    await writeFile(`${copy}.file`, content);
    must(await execute("debugfs", ["-w", "-R", `write ${copy}.file ${path}`, copy]));
  }
  return { ...base, disk: copy };
}

function must({ code, stderr }: Outcome): void {
  if (code !== 0) throw new Error(stderr);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
