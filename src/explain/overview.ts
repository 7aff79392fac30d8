import { analysers } from "../plan/analysers.ts";
import { forecast } from "../plan/forecast.ts";
import type { Plan } from "../plan/plan.ts";
import { endpointText } from "../values/endpoint.ts";

/** Many sensors at a glance. Contains no secret's value. */
export type Overview = {
  readonly sensors: readonly string[];
  /** The facts that all sensors share. */
  readonly shared: readonly Fact[];
  /** The facts that differ, as a table: the names of the columns, and a row for each sensor. */
  readonly columns: readonly string[];
  readonly rows: readonly OverviewRow[];
  readonly totals: Totals;
};

export type Fact = { readonly about: string; readonly is: string };
export type OverviewRow = { readonly sensor: string; readonly cells: readonly string[] };

export type Totals = {
  /** Disk use if everything is kept as long as the settings say. */
  readonly neededGigabytes: number;
  /** Sizes of the disks, and the number of sensors whose size is not in the settings. */
  readonly diskGigabytes: number;
  readonly unknownDisks: number;
  /** Archives of captures that are sent to backup servers each day. */
  readonly sentGigabytesPerDay: number;
  /** The monthly price in words; `undefined` if no price is known. */
  readonly price: string | undefined;
};

/** Compares the plans of several sensors. Pure. */
export function overview(plans: readonly Plan[], price: string | undefined): Overview {
  const values = facts.map(({ about, of }) => ({ about, all: plans.map(of) }));
  const isShared = ({ all }: { readonly all: readonly string[] }) => all.every((one) => one === all[0]);
  const different = values.filter((one) => !isShared(one));
  return {
    sensors: plans.map(({ name }) => name),
    shared: values
      .filter(isShared)
      .flatMap(({ about, all: [is = ""] }) => (is === "" ? [] : [{ about, is }])),
    columns: different.map(({ about }) => about),
    rows: plans.map(({ name }, index) => ({
      sensor: name,
      cells: different.map(({ all }) => all[index] ?? ""),
    })),
    totals: totals(plans, price),
  };
}

function totals(plans: readonly Plan[], price: string | undefined): Totals {
  const sum = (of: (plan: Plan) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return {
    neededGigabytes: sum((plan) => forecast(plan).neededGigabytes),
    diskGigabytes: sum(({ disk }) => disk.sizeGigabytes ?? 0),
    unknownDisks: plans.filter(({ disk }) => disk.sizeGigabytes === undefined).length,
    sentGigabytesPerDay: sum(({ transfer, backup, disk }) =>
      transfer !== undefined && backup.sets.includes("dumps") ? disk.captureMegabytesPerDay / 1000 : 0,
    ),
    price,
  };
}

/** The facts by which sensors are compared; empty: does not apply. */
const facts: readonly { readonly about: string; readonly of: (plan: Plan) => string }[] = [
  { about: "target", of: ({ target }) => target },
  { about: "os", of: ({ os }) => os },
  { about: "address", of: (plan) => withoutName(plan.address ?? "", plan) },
  { about: "network", of: network },
  { about: "machine", of: ({ ec2 }) => (ec2 === undefined ? "" : `${ec2.instanceType} in ${ec2.region}`) },
  { about: "time zone", of: ({ timezone }) => timezone },
  { about: "login", of: ({ admin }) => `${admin.user}, port ${admin.sshPort}` },
  { about: "keys", of: ({ admin }) => admin.sshKeys.map(keyName).join(", ") },
  {
    about: "from",
    of: ({ admin }) => (admin.allowFrom === "anywhere" ? "anywhere" : admin.allowFrom.join(", ")),
  },
  {
    about: "DShield",
    of: ({ dshield }) => (dshield === undefined ? "not installed" : `${dshield.email} (${dshield.userId})`),
  },
  {
    about: "captures",
    of: ({ capture, disk }) => `${capture.keepDays} days of ${disk.captureMegabytesPerDay} MB`,
  },
  { about: "backup", of: ({ backup }) => `${backup.format}, ${backup.keepDays} days` },
  {
    about: "transfer",
    of: (plan) =>
      plan.transfer === undefined
        ? "none"
        : withoutName(`${plan.transfer.user}@${endpointText(plan.transfer)}:${plan.transfer.path}`, plan),
  },
  { about: "SIEM", of: ({ siem }) => (siem === undefined ? "none" : endpointText(siem)) },
  {
    about: "analysis",
    of: (plan) =>
      plan.tools === undefined
        ? "none"
        : analysers(plan)
            .map(({ name }) => name)
            .join(", "),
  },
  { about: "egress", of: ({ security }) => security.egress },
  { about: "delivery", of: ({ delivery }) => delivery },
  {
    about: "disk",
    of: ({ disk }) => (disk.sizeGigabytes === undefined ? "" : `${disk.sizeGigabytes} GB`),
  },
];

function network({ network, wifi }: Plan): string {
  const by = network === undefined ? "DHCP" : (network.addresses?.join(", ") ?? "DHCP");
  return wifi === undefined ? by : `${by}, Wi-Fi ${wifi.ssid}`;
}

/** A key's comment, or the end of the key. */
function keyName(line: string): string {
  const [, key = "", ...comment] = line.split(" ");
  return comment.length > 0 ? comment.join(" ") : `...${key.slice(-8)}`;
}

// Texts that differ only in the sensor's name are equal. A short name may also be a part of another word.
function withoutName(text: string, { name }: Plan): string {
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`, "g"), "{sensor}");
}
