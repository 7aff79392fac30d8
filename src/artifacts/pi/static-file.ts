import type { Artifact } from "../artifact.ts";
import type { PiSensor } from "./backend.ts";

/** A program that runs on the boot partition, as it is committed below `templates/boot/firmware`. */
export function staticFile({ templates }: PiSensor, name: string): Artifact {
  const found = templates.find(({ path }) => path === `/boot/firmware/${name}`);
  if (found === undefined) throw new Error(`templates/boot/firmware has no ${name}`);
  return { path: name, mode: 0o644, content: found.text };
}
