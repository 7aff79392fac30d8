import { sha256 } from "../artifacts/digest.ts";
import type { Fat } from "./fat.ts";
import { memoryRegion } from "./region.ts";

/** The files that NoCloud reads from the root of its volume. */
export type Seed = {
  readonly "user-data": string | Uint8Array;
  readonly "meta-data": string | Uint8Array;
  readonly "network-config"?: string | Uint8Array;
};

/**
 * A small FAT volume labelled CIDATA with a sensor's seed, to attach to a virtual machine as a disk. The same seed
 * produces the same bytes: the serial number is derived from the content.
 */
export function makeSeed(seed: Seed, fat: Fat): Uint8Array {
  const files = Object.entries(seed).map(([name, content]) => [name, Buffer.from(content)] as const);
  const content = files.reduce((bytes, [, file]) => bytes + file.length, 0);
  // The root folder, the allocation tables and partly used clusters; FatFs creates nothing smaller than 64 kB.
  const bytes = Math.max(2, Math.ceil((content * 1.02 + 40_960) / 65_536)) * 65_536;
  const region = memoryRegion(new Uint8Array(bytes));
  const id = Number.parseInt(sha256(Buffer.concat(files.map(([, file]) => file))).slice(0, 8), 16);
  fat.format(region, "CIDATA", id);
  fat.mount(region, (volume) => {
    for (const [name, file] of files) volume.write(name, file);
  });
  return region.read(0, bytes);
}
