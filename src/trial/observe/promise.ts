import type { Plan } from "../../plan/plan.ts";
import { inWords } from "./in-words.ts";
import type { Part, TrialScope } from "./scope.ts";
import { strangerAddress } from "./stranger-address.ts";
import { toolStatements } from "./tool-statements.ts";

export const promiseIds = [
  "first-boot",
  "admin-login",
  "login-methods",
  "root-login",
  "old-ssh-port",
  "admin-networks",
  "identity",
  "timers",
  "limits",
  "timetable",
  "daily-reboot",
  "egress",
  "honeypot",
  "firewall",
  "capture-runs",
  "capture-excludes",
  "collection",
  "tool-clones",
  "tool-timetable",
  "cowrieprocessor",
  "tool-queries",
  "json-log-country",
  "backup",
  "backup-encryption",
  "transfer",
  "heartbeat",
  "webhook",
  "mail",
  "siem",
  "metrics",
  "metrics-networks",
  "status",
] as const;

export type PromiseId = (typeof promiseIds)[number];

/** Something that the settings promise, and that a trial must observe. */
export type SensorPromise = {
  readonly id: PromiseId;
  /** A sentence without a full stop: "only 198.51.100.0/24 can reach port 12222". */
  readonly promise: string;
  /** How the trial observes it, in a few words. */
  readonly how: string;
  /** Why this trial cannot observe it; `undefined`: it must. */
  readonly absent: string | undefined;
};

/** The promises of one sensor's settings, in the order in which a trial observes them. */
export function promisesOf(plan: Plan, { absent }: TrialScope): readonly SensorPromise[] {
  return promiseIds.flatMap((id) => {
    const stated = statements[id](plan);
    if (stated === undefined) return [];
    const [promise, how, part] = stated;
    return [{ id, promise, how, absent: part === undefined ? undefined : absent[part] }];
  });
}

/** What the settings promise, how it is observed, and the part that a trial may lack. `undefined`: no promise. */
export type Statement = readonly [promise: string, how: string, part?: Part] | undefined;

/** `undefined`: these settings do not promise it. */
const statements: Readonly<Record<PromiseId, (plan: Plan) => Statement>> = {
  "first-boot": () => ["the first boot ends without a failed step", "its stamps, and systemd's failed units"],
  "admin-login": ({ admin }) => [
    `${admin.user} logs in on port ${admin.sshPort} with a key and can use sudo`,
    "the trial's own login",
  ],
  "login-methods": ({ admin }) => [
    `port ${admin.sshPort} offers no login but by key`,
    "a login without a key from outside",
  ],
  "root-login": ({ admin }) => [`sshd accepts ${admin.user} and no other account`, "sshd -T"],
  "old-ssh-port": () => ["sshd does not listen on port 22", "the sensor's listeners"],
  "admin-networks": ({ admin }) =>
    admin.allowFrom === "anywhere"
      ? undefined
      : refusal(`only ${inWords(admin.allowFrom)} can reach port ${admin.sshPort}`, admin.allowFrom),
  identity: ({ name, timezone }) => [
    `the machine is called ${name} and its time zone is ${timezone}`,
    "hostname and /etc/localtime",
  ],
  timers: () => ["collection, cross-checks and retention run by themselves", "systemd's timers"],
  limits: ({ capture, logs, backup, disk }) => [
    `captures are deleted after ${days(capture.keepDays)}, logs after ${days(logs.keepDays)}, archives after ${days(backup.keepDays)}, and before the disk is ${disk.maxUsedPercent}% full`,
    "/etc/default/honeypot, and a run of retention",
  ],
  timetable: ({ backup, transfer }) => [
    `backups run at "${backup.schedule}"${transfer === undefined ? "" : `, transfers at "${transfer.schedule}"`}`,
    "/etc/cron.d/honeypot",
  ],
  "daily-reboot": ({ dshield, upkeep }) => {
    if (dshield === undefined || upkeep === undefined || upkeep.dailyReboot === "keep") return undefined;
    const how = "/etc/cron.d/dshield";
    return upkeep.dailyReboot === "off"
      ? ["DShield's timetable does not reboot the machine", how, "dshield"]
      : [`DShield's timetable reboots the machine at "${upkeep.dailyReboot}"`, how, "dshield"];
  },
  egress: ({ security }) =>
    security.egress === "restricted"
      ? ["the honeypot's accounts reach only what they need", "the loaded rules"]
      : undefined,
  honeypot: ({ dshield }) =>
    dshield === undefined
      ? undefined
      : [
          `the ${dshield.answersTelnet ? "SSH, telnet and web" : "SSH and web"} honeypots listen`,
          "the sensor's listeners",
          "dshield",
        ],
  firewall: ({ dshield }) =>
    dshield === undefined
      ? undefined
      : ["DShield's firewall is loaded, for IPv4 and IPv6", "firewall.sh --check", "dshield"],
  "capture-runs": ({ capture }) => [
    `packets are captured in files of at most ${capture.rotateHours} h and ${capture.rotateMegabytes} MB, with ${capture.snapLength} bytes of each packet`,
    "the command line of tcpdump",
  ],
  "capture-excludes": () => [
    "the capture leaves out the admin's sessions, the sensor's own connections and excluded ports and hosts",
    "tcpdump on the captured files",
  ],
  collection: () => ["logs of the honeypot are collected", "a run of collection"],
  ...toolStatements,
  backup: ({ backup }) => [
    `backups of ${inWords(backup.sets)} are made, each with its checksum`,
    "a run of the backup, and sha256sum",
  ],
  "backup-encryption": ({ backup }) => [
    backup.format === "tar.zst"
      ? `archives are encrypted to ${backup.encryptTo.length === 1 ? "1 recipient" : `${backup.encryptTo.length} recipients`}`
      : "archives open with the password, and only with it",
    backup.format === "tar.zst" ? "the header of each archive" : "7zz t",
  ],
  transfer: ({ transfer }) =>
    transfer === undefined
      ? undefined
      : [
          `archives arrive complete at ${transfer.host}:${transfer.port}`,
          "the stand-in for the backup server",
          "transfer",
        ],
  heartbeat: ({ notify }) =>
    notify?.heartbeat === undefined
      ? undefined
      : ["the heartbeat is requested while the sensor is healthy", "the stand-in for its server", "notify"],
  webhook: ({ notify }) =>
    notify?.webhook === undefined
      ? undefined
      : [`a message arrives by webhook (${notify.webhook.format})`, "the stand-in for its server", "notify"],
  mail: ({ notify }) =>
    notify?.mail === undefined
      ? undefined
      : [
          `a message arrives by mail to ${inWords(notify.mail.to)}`,
          "the stand-in for the mail server",
          "notify",
        ],
  siem: ({ siem }) =>
    siem === undefined
      ? undefined
      : [`Filebeat ships logs to ${siem.host}:${siem.port}`, "the stand-in for the SIEM", "siem"],
  metrics: ({ metrics }) =>
    metrics === undefined
      ? undefined
      : [`measurements can be read on port ${metrics.port}`, "the exporter's listener and its file"],
  "metrics-networks": ({ metrics }) =>
    metrics === undefined
      ? undefined
      : refusal(`only ${inWords(metrics.allowFrom)} can read the measurements`, metrics.allowFrom),
  status: () => ["honeypot-status reports a healthy sensor", "honeypot-status --json"],
};

/** Observable only from an address that the networks do not contain. */
function refusal(promise: string, networks: readonly string[]): Statement {
  const address = strangerAddress(networks);
  return address === undefined ? undefined : [promise, `a connection from ${address}`];
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}
