import { createHash } from "node:crypto";
import type { Ec2Sensor } from "./sensor.ts";
import { shapeDigest } from "./shape.ts";

/**
 * The token by which EC2 knows that a request to launch is the same as an earlier one whose answer was lost:
 * the same for the same sensor and settings, on any machine and day. EC2 remembers tokens of instances that
 * have ended and refuses them, so `generation` counts those of this sensor that are known.
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
