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
  // The device chooses its model and serial number, and file systems choose where a desktop mounts them.
  return visible(`${path} (${facts.join(", ")}${large}${mounted})`);
}
