import { compile, type Release } from "../artifacts/compile.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { guestMac } from "../emulation/virtual-machine.ts";
import type { Seed } from "../image/seed.ts";
import type { Plan } from "../plan/plan.ts";
import { boothook } from "./boothook.ts";
import type { Additions } from "./stand-ins/additions.ts";
import type { StandIns } from "./stand-ins/open.ts";
import { type Addition, hostAddress } from "./trial-plan.ts";

/**
 * The seed of a trial's machine, and what it has besides the sensor's user-data. `hosts`: lines of /etc/hosts. Throws
 * `OutsideError` if the user-data is too large for every target.
 */
export function trialSeed(
  { plan, secrets }: StandIns["sensors"][number],
  additions: Additions,
  hosts: readonly string[],
  release: Release,
): { readonly seed: Seed; readonly plan: Plan; readonly additions: readonly Addition[] } {
  const compiled = compile(plan, secrets, release, "whole");
  // A machine that could download the rest, or wait for it, would need the internet: the trial hands over everything.
  const isWhole =
    compiled.kind === "compiled" && compiled.programs === undefined && compiled.delivery === undefined;
  const handed: Plan = isWhole ? plan : { ...plan, target: "nocloud", delivery: "user-data" };
  const whole = isWhole ? compiled : compile(handed, secrets, release, "whole");
  if (whole.kind === "too-large") throw new OutsideError("the user-data is too large for every target");
  return {
    plan: handed,
    seed: [
      ...whole.artifacts,
      { path: "network-config", content: networkConfig },
      {
        path: "vendor-data",
        content: boothook({ hosts, files: additions.files, commands: additions.commands }),
      },
    ],
    additions: [
      ...(isWhole
        ? []
        : [{ what: "delivery: user-data", why: "the machine cannot download programs or wait for them" }]),
      {
        what: "network-config: 10.0.2.15",
        why: "the network of the virtual machine offers no default route",
      },
      { what: "/etc/hosts", why: "each server's name leads to the trial's gateway" },
    ],
  };
}

// QEMU offers no default route in a network without a way out, and the sensor waits for one. The stand-ins are outside
// of the network, because a sensor with restricted outgoing traffic reaches no neighbour.
const networkConfig = JSON.stringify({
  version: 2,
  ethernets: {
    trial: {
      match: { macaddress: guestMac },
      "set-name": "eth0",
      dhcp4: false,
      addresses: ["10.0.2.15/27"],
      routes: [{ to: "0.0.0.0/0", via: hostAddress }],
    },
  },
});
