import { createHash } from "node:crypto";
import type { Ec2Sensor } from "./sensor.ts";
import { shapeDigest } from "./shape.ts";

/**
 * The token by which EC2 recognises a repeated launch request whose response was lost. It is the same for the same
 * sensor and settings, on any machine and day. EC2 remembers and refuses tokens of terminated instances, so `generation`
 * counts the known instances of this sensor.
 */
export function clientToken(sensor: Ec2Sensor, template: string, generation: number): string {
  const said = JSON.stringify([
    sensor.name,
    sensor.ec2.region,
    sensor.userDataDigest,
    shapeDigest(sensor),
    template,
    generation,
  ]);
  return `sensorbake-${createHash("sha256").update(said).digest("hex").slice(0, 48)}`;
}
