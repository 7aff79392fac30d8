import { execFile } from "node:child_process";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ArchiveFormat } from "../archive-name.ts";
import { type Limits, startMeter } from "./limits.ts";
import { readSevenZip } from "./seven-zip.ts";
import { readEncryptedTar } from "./tar.ts";
import { writeMembers } from "./write-members.ts";

/** The keys for archives: the password of zip and 7z, the file of an age identity (or SSH key) for tar.zst. */
export type Keys = { readonly password: string | undefined; readonly ageIdentity: string | undefined };

/** The number of skipped members: links, devices, pipes. */
export type Extracted = { readonly what: "extracted"; readonly leftOut: number } | { readonly what: "here" };

/**
 * Unpacks one archive into `target`, which appears completely or not at all; an existing folder is left unchanged.
 * Refuses the whole archive if a name would leave the folder or the content exceeds the limits. Skips links and devices.
 * The content is malware, so no file is executable, and only the owner can read it.
 */
export async function extractArchive(
  archive: { readonly path: string; readonly format: ArchiveFormat },
  target: string,
  keys: Keys,
  limits: Limits,
  signal: AbortSignal,
): Promise<Extracted> {
  if (await exists(target)) return { what: "here" };
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const folder = join(dirname(target), `.${basename(target)}.extracting`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  try {
    const { path, format } = archive;
    const { size: bytes } = await stat(path);
    const meter = startMeter(limits, bytes);
    const members =
      format === "tar.zst.age"
        ? readEncryptedTar(path, keys.ageIdentity, meter, signal)
        : readSevenZip({ path, format, bytes }, keys.password, { folder, limits, meter }, signal);
    const leftOut = await writeMembers(members, folder, meter, signal);
    await sync(folder);
    signal.throwIfAborted();
    await rename(folder, target);
    return { what: "extracted", leftOut };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

// Before the folder gets its name, so that a power cut cannot leave empty files in it. Only GNU sync has the option.
async function sync(folder: string): Promise<void> {
  await promisify(execFile)("sync", ["--file-system", "--", folder]).catch(() => {});
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
