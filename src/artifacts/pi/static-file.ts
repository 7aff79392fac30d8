import type { Artifact } from "../artifact.ts";
import type { PiSensor } from "./backend.ts";

/** A static program on the boot partition, from `templates/boot/firmware`. */
export function staticFile({ templates }: PiSensor, name: string): Artifact {
  const found = templates.find(({ path }) => path === `/boot/firmware/${name}`);
  if (found === undefined) throw new Error(`templates/boot/firmware has no ${name}`);
  return { path: name, mode: 0o644, content: found.text };
}
