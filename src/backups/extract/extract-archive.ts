import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ArchiveFormat } from "../archive-name.ts";
import { extractSevenZip } from "./seven-zip.ts";
import { extractTar } from "./tar.ts";

/** What opens archives: the password of zip and 7z, the file of an age identity (or ssh key) for tar.zst. */
export type Keys = { readonly password: string | undefined; readonly ageIdentity: string | undefined };

/** Members that were left out on purpose: links, devices, pipes. */
export type Extracted = { readonly what: "extracted"; readonly leftOut: number } | { readonly what: "here" };

/**
 * Unpacks one archive into `target`, which appears whole or not at all; a folder that is there is left alone. A name
 * that would leave it makes the whole archive refused. Links and devices are not made, nothing is executable, and
 * nobody but the owner may read it: it is malware.
 */
export async function extractArchive(
  archive: { readonly path: string; readonly format: ArchiveFormat },
  target: string,
  keys: Keys,
  signal: AbortSignal,
): Promise<Extracted> {
  if (await exists(target)) return { what: "here" };
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const fresh = join(dirname(target), `.${basename(target)}.extracting`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  try {
    const leftOut =
      archive.format === "tar.zst.age"
        ? await extractTar(archive.path, fresh, keys.ageIdentity, signal)
        : await extractSevenZip(archive.path, fresh, keys.password, signal);
    await rename(fresh, target);
    return { what: "extracted", leftOut };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
