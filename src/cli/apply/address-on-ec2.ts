import { readRegion } from "../../ec2/read-region.ts";
import { isAlive } from "../../ec2/region.ts";
import { clientFor } from "../shared/open-ec2.ts";

/** The public address of a sensor in one region: its Elastic IP, else its instance's; `undefined` if it has none. */
export async function addressOnEc2(sensor: string, name: string): Promise<string | undefined> {
  const { addresses, instances } = await readRegion(clientFor(name), name, []);
  const elastic = addresses.find((one) => one.sensor === sensor)?.address;
  return elastic ?? instances.find((one) => one.sensor === sensor && isAlive(one))?.publicAddress;
}
