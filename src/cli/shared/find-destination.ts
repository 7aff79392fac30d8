import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { Destination } from "../../machines/ssh.ts";
import { readTofuAddresses } from "../../machines/tofu-addresses.ts";
import type { Plan } from "../../plan/plan.ts";
import { UsageError } from "./exit.ts";

/** Where the options say that machines are: the address of `--login`, `--address`, and `--tofu`. */
export type Whereabouts = {
  readonly login?: string | undefined;
  readonly address?: string | undefined;
  readonly tofu?: string | undefined;
};

/**
 * A function that finds where ssh reaches a sensor: at the address of `--login` or `--address`, else in the outputs of
 * `--tofu`, else at that of its settings, else on EC2. Each region is read once. The function returns `undefined` for a
 * sensor without a known address, and throws `OutsideError` if EC2 cannot be read. Throws `OutsideError` if the outputs
 * cannot be read, and `UsageError` if there are several sensors for one address, or if several options have an address.
 */
export async function destinationFinder(
  { login, address, tofu }: Whereabouts,
  sensors: readonly SensorPlan[],
  signal: AbortSignal,
  addressesIn: (region: string) => Promise<ReadonlyMap<string, string>> = readAddresses,
): Promise<(plan: Plan) => Promise<Destination | undefined>> {
  const options = [
    ...(login === undefined ? [] : ["--login"]),
    ...(address === undefined ? [] : ["--address"]),
    ...(tofu === undefined ? [] : ["--tofu"]),
  ];
  if (options.length > 1)
    throw new UsageError(
      `${options.slice(0, 2).join(" and ")} both have an address`,
      login === undefined ? "leave one of them out" : "leave the address out of --login",
    );
  const given = login ?? address;
  if (given !== undefined && sensors.length > 1)
    throw new UsageError(
      `${login === undefined ? "--address" : "an address in --login"} applies to one sensor, but the settings have several`,
      "select one with --sensor, or write each sensor's address into the settings",
    );
  const outputs = tofu === undefined ? undefined : await readTofuAddresses(tofu, signal);
  const regions = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const inRegion = (region: string) => {
    const addresses = regions.get(region) ?? addressesIn(region);
    regions.set(region, addresses);
    return addresses;
  };
  const onEc2 = async ({ name, target, ec2 }: Plan) =>
    target === "ec2" && ec2 !== undefined ? (await inRegion(ec2.region)).get(name) : undefined;
  return async (plan) => {
    const known = given ?? outputs?.get(plan.name) ?? plan.address;
    return destinationAt(plan, known ?? (await onEc2(plan)));
  };
}

/** The admin's login at an address; `undefined` without one. */
export function destinationAt({ admin }: Plan, address: string | undefined): Destination | undefined {
  return address === undefined ? undefined : { user: admin.user, address, port: admin.sshPort };
}

/** The failure of a command for a sensor that `destinationFinder` does not find. */
export function unknownAddress({ name, target, ec2 }: Plan, command: string): OutsideError {
  if (target === "ec2" && ec2 !== undefined)
    return new OutsideError(
      `it has no instance with a public address in ${ec2.region}`,
      `create it: sensorbake launch FILE --sensor ${name}`,
    );
  return new OutsideError(
    "the sensor's address is unknown",
    `add address: to its entry, or: sensorbake ${command} FILE --sensor ${name} --address ADDRESS`,
  );
}

async function readAddresses(region: string): Promise<ReadonlyMap<string, string>> {
  // Only sensors on EC2 load its SDK.
  const { addressesOnEc2 } = await import("./addresses-on-ec2.ts");
  return addressesOnEc2(region);
}
