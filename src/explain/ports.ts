import type { Plan } from "../plan/plan.ts";
import type { Port } from "./explanation.ts";

/** What may reach the sensor, and what answers there. */
export function ports({ admin, target, ec2 }: Plan): readonly Port[] {
  const from = admin.allowFrom === "anywhere" ? ["anywhere"] : admin.allowFrom;
  const guard = target === "ec2" && ec2 !== undefined ? "; its security group says so too" : "";
  return [
    { to: `tcp ${admin.sshPort}`, from, serves: `ssh for ${admin.user}, keys only${guard}` },
    { to: "every other port", from: ["anywhere"], serves: "the honeypot, if anything" },
  ];
}
