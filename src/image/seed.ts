import { type Artifact, bytesOf } from "../artifacts/artifact.ts";
import { isoVolume } from "./iso-volume.ts";

/** A sensor's files; only the seed among them counts. */
export type Seed = readonly Pick<Artifact, "path" | "content">[];

// The files that NoCloud reads from the root of its volume.
const seedFiles: readonly string[] = ["user-data", "meta-data", "network-config", "vendor-data"];

/**
 * A volume labelled CIDATA with the seed among a sensor's files, to attach to a virtual machine as a disk or a CD. The
 * same seed produces the same bytes.
 */
export function makeSeed(files: Seed): Uint8Array<ArrayBuffer> {
  const seed = files.filter(({ path }) => seedFiles.includes(path));
  return isoVolume(
    "CIDATA",
    seed.map((file) => ({ name: file.path, content: bytesOf(file) })),
  );
}
