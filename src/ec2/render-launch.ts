import type { Outcome } from "./apply-launch.ts";
import type { LaunchPlan, SensorStep } from "./plan-launch.ts";
import { priceText } from "./price.ts";
import { renderTable } from "./render-table.ts";
import type { Rule } from "./rules.ts";
import { type Ec2Sensor, userDataLimitBytes } from "./sensor.ts";
import { tagKeys } from "./tags.ts";

/** The plan as text, to read before confirming it. */
export function renderPlan(plans: readonly LaunchPlan[]): string {
  const regions = plans.filter(({ sensors }) => sensors.length > 0).map(renderRegion);
  const made = plans
    .flatMap(({ sensors }) => sensors)
    .filter(({ does }) => does === "launch" || does === "replace");
  const tail =
    made.length === 0
      ? []
      : [
          `every instance: IMDSv2 only, one hop, no instance profile, an encrypted gp3 volume that is deleted with it; tags Name, ${Object.values(tagKeys).join(", ")}`,
          `price of new sensors: ${priceText(made.map(({ sensor }) => sensor.ec2))}`,
        ];
  return [...regions, ...tail].join("\n");
}

function renderRegion({ region, groups, templates, sensors }: LaunchPlan): string {
  const words = { create: "new", complete: "to be completed", none: "exists" };
  return [
    `${region}:`,
    ...groups.flatMap(({ does, name, network, rules }) => [
      `  security group ${name} (${words[does]}, in ${network})`,
      `    in   ${ruleText(rules.ingress)}`,
      `    out  ${ruleText(rules.egress)}`,
    ]),
    ...templates.map(
      ({ does, template }) =>
        `  launch template ${template.name} (${words[does]}): ${template.data.InstanceType}, ${template.data.ImageId}`,
    ),
    ...sensors.map(sensorText),
  ].join("\n");
}

/** Groups rules with the same networks on one line; both address families together are everyone. */
export function ruleText(rules: readonly Rule[]): string {
  const byRange = new Map<string, string[]>();
  for (const { protocol, from, to, cidr } of rules) {
    const ports = from === undefined || from === -1 ? "" : from === to ? ` ${from}` : ` ${from}-${to}`;
    const range = `${protocol === "-1" ? "everything" : protocol}${ports}`;
    byRange.set(range, [...(byRange.get(range) ?? []), cidr]);
  }
  const byPeers = new Map<string, string[]>();
  for (const [range, cidrs] of byRange) {
    const open = cidrs.filter((cidr) => cidr !== "0.0.0.0/0" && cidr !== "::/0");
    const peers = open.length === 0 ? "everyone" : open.join(", ");
    byPeers.set(peers, [...(byPeers.get(peers) ?? []), range]);
  }
  return [...byPeers].map(([peers, ranges]) => `${ranges.join(", ")}: ${peers}`).join("; ");
}

const signs = { launch: "+", keep: "=", drifted: "!", replace: "-/+" } as const;

function sensorText({ sensor, does, drift, instance, image, address }: SensorStep): string {
  const start = `  ${signs[does]} ${sensor.name}`;
  const elastic = addressText(address.does, address.found?.address);
  if (does === "keep") return `${start}: ${instance?.id} is up to date${elastic}`;
  if (does === "drifted")
    return `${start}: ${instance?.id} differs from the settings: ${drift.join(", ")}; --replace recreates it`;
  const { instanceType, volumeGigabytes, subnet } = sensor.ec2;
  const size = sensor.userData.byteLength;
  const percent = Math.round((100 * size) / userDataLimitBytes);
  const before =
    does === "replace"
      ? `${instance?.id} and its disk are destroyed because of ${drift.join(", ")}; then: `
      : "";
  return `${start}: ${before}${instanceType}, ${image}, ${volumeGigabytes} GB${subnet === undefined ? "" : `, ${subnet}`}, user-data ${size} bytes (${percent} % of EC2's limit)${elastic}`;
}

function addressText(does: SensorStep["address"]["does"], address: string | undefined): string {
  if (does === "allocate") return ", a new Elastic IP";
  if (does === "associate") return `, gets its Elastic IP ${address}`;
  return does === "release" ? `, its Elastic IP ${address} is released` : "";
}

/** The final table: existing resources and login commands. */
export function renderOutcomes(
  outcomes: readonly Outcome[],
  sensors: ReadonlyMap<string, Ec2Sensor>,
): string {
  const rows = outcomes.map(({ sensor, region, did, instance, address }) => [
    sensor,
    region,
    did,
    instance?.id ?? "",
    instance?.state ?? "",
    address ?? "",
    sshCommand(sensors.get(sensor), address),
  ]);
  return renderTable(["SENSOR", "REGION", "RESULT", "INSTANCE", "STATE", "ADDRESS", "COMMAND"], rows);
}

/** The admin's login command after the first boot; empty without an address. */
export function sshCommand(sensor: Ec2Sensor | undefined, address: string | undefined): string {
  if (sensor === undefined || address === undefined) return "";
  return `ssh -p ${sensor.admin.sshPort} ${sensor.admin.user}@${address}`;
}
