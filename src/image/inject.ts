import { bytesOf } from "../artifacts/artifact.ts";
import type { BootFile, BootFiles } from "../artifacts/boot-files.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { type Detected, detectImage, imageNames } from "./detect.ts";
import { editCmdline, editConfig } from "./edits.ts";
import type { Fat, FatVolume } from "./fat.ts";
import { type FatFacts, readFatFacts } from "./fat-facts.ts";
import { findBoot } from "./find-boot.ts";
import type { Region } from "./region.ts";

/** The result: the image's kind and date, and the changed files. */
export type Injected = Detected & { readonly written: readonly string[] };

/**
 * Writes a sensor's boot files to the boot partition of an image. Checks as much as possible before the first write: the
 * image's kind, the state of the file system, the free space. Then reads each file back through a fresh mount and
 * compares it. Throws `OutsideError`; an image that was partly written must not be used.
 */
export function inject(disk: Region, given: BootFiles, fat: Fat): Injected {
  const { volume, facts } = findBoot(disk);
  const { detected, changed } = fat.mount(volume, (mounted) => {
    const detected = detectImage(facts.label, mounted);
    if (!given.fits.includes(detected.kind))
      throw new OutsideError(
        `the image is ${imageNames[detected.kind]}, and the settings want ${given.fits.map((kind) => imageNames[kind]).join(" or ")}`,
        "use another image, or change the sensor's os",
      );
    const wanted = withEdits(mounted, given);
    const changed = wanted.filter(({ path, content }) => !isThere(mounted, path, content));
    checkRoom(mounted, facts, changed);
    for (const { path, content } of changed) mounted.write(path, content);
    return { detected, changed };
  });
  verify(volume, changed, fat);
  return { ...detected, written: changed.map(({ path }) => path) };
}

type Wanted = { readonly path: string; readonly content: Uint8Array };

function withEdits(volume: FatVolume, { files, cmdline, config }: BootFiles): readonly Wanted[] {
  const wanted = files.map((file) => ({ path: checkPath(file), content: bytesOf(file) }));
  const configText = readText(volume, "config.txt") ?? "";
  const newConfig = editConfig(configText, config);
  if (newConfig !== configText) wanted.push({ path: "config.txt", content: latin1(newConfig) });
  if (cmdline.length === 0) return wanted;
  const path = cmdlinePath(volume, configText);
  const text = readText(volume, path);
  if (text === undefined)
    throw new OutsideError("the boot partition has no cmdline.txt", "a Pi would not boot this image");
  wanted.push({ path, content: latin1(editCmdline(text, cmdline)) });
  return wanted;
}

// `os_prefix` in config.txt moves the kernel and its command line into a folder.
function cmdlinePath(volume: FatVolume, configText: string): string {
  const prefix = configText.match(/^os_prefix=(\S+)\s*$/m)?.[1];
  const moved = `${prefix ?? ""}cmdline.txt`;
  return prefix !== undefined && volume.has(moved) ? moved : "cmdline.txt";
}

function checkPath({ path }: BootFile): string {
  const isFine = path
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && !/["*:<>?\\|]/.test(part));
  if (!isFine) throw new Error(`${JSON.stringify(path)} is not a path for the boot partition`);
  return path;
}

// Additional clusters for the files, and for the growth of their folders: an entry of 32 bytes for each file and for each
// 13 characters of its name.
function checkRoom(
  volume: FatVolume,
  { clusterBytes, freeClusters }: FatFacts,
  files: readonly Wanted[],
): void {
  const clustersOf = (bytes: number) => Math.ceil(bytes / clusterBytes);
  let clusters = 0;
  let entryBytes = 0;
  const folders = new Set([""]);
  for (const { path, content } of files) {
    const present = volume.read(path);
    clusters += clustersOf(content.length) - clustersOf(present?.length ?? 0);
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
    if (present === undefined) for (const part of parts) entryBytes += 32 * (2 + Math.ceil(part.length / 13));
  }
  const needed = clusters + (files.length === 0 ? 0 : clustersOf(entryBytes) + folders.size);
  if (needed > freeClusters)
    throw new OutsideError(
      `the boot partition is too small: ${kilobytes(needed * clusterBytes)} are needed and ${kilobytes(freeClusters * clusterBytes)} are free`,
      "remove files from it, or use an image with a larger boot partition",
    );
}

function verify(volume: Region, files: readonly Wanted[], fat: Fat): void {
  if (readFatFacts(volume) === undefined)
    throw new OutsideError("the boot partition was lost while it was written");
  fat.mount(volume, (mounted) => {
    for (const { path, content } of files)
      if (!isThere(mounted, path, content))
        throw new OutsideError(
          `${path} was written to the boot partition and reads back different`,
          "the disk is failing",
        );
  });
}

function isThere(volume: FatVolume, path: string, content: Uint8Array): boolean {
  const found = volume.read(path);
  return found !== undefined && Buffer.compare(found, content) === 0;
}

// One byte per character, so that other content stays the same in any encoding.
function readText(volume: FatVolume, path: string): string | undefined {
  const bytes = volume.read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1");
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
