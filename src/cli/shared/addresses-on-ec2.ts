import { readRegion } from "../../ec2/read-region.ts";
import { isAlive } from "../../ec2/region.ts";
import { clientFor } from "./open-ec2.ts";

/** The public address of each of our sensors in one region that has one: its Elastic IP, else its instance's. */
export async function addressesOnEc2(region: string): Promise<ReadonlyMap<string, string>> {
  const { addresses, instances } = await readRegion(clientFor(region), region, []);
  const found = new Map<string, string>();
  for (const one of instances)
    if (isAlive(one) && one.publicAddress !== undefined && !found.has(one.sensor))
      found.set(one.sensor, one.publicAddress);
  for (const { sensor, address } of addresses) found.set(sensor, address);
  return found;
}
