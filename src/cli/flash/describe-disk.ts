import type { Disk } from "../../card/disks.ts";
import { visible } from "../../diagnostics/visible.ts";
import { size } from "../shared/progress.ts";

/** A short description by which a person recognises a disk. */
export function describe({ path, bytes, model, serial, transport, mounts }: Disk): string {
  const facts = [size(bytes), model, serial === "" ? "" : `serial ${serial}`, transport].filter(
    (fact) => fact !== "",
  );
  const large = bytes > 256e9 ? ", LARGE FOR A CARD" : "";
  const mounted = mounts.length > 0 ? `; mounted at ${mounts.join(", ")}` : "";
  // A device gives its own model and serial number, and a file system the name where it is mounted.
  return visible(`${path} (${facts.join(", ")}${large}${mounted})`);
}
