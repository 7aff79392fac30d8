import { analysers } from "../plan/analysers.ts";
import { captureFilter } from "../plan/capture-filter.ts";
import type { ImageChoice } from "../plan/ec2-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { shownRef } from "../plan/repositories.ts";
import { targets } from "../plan/targets.ts";
import { endpointText } from "../values/endpoint.ts";
import type { Choice } from "./explanation.ts";
import { whenInWords } from "./schedule-words.ts";

/** The decisions about the sensor, by the settings or by default, one line for each feature. */
export function choices(plan: Plan): readonly Choice[] {
  return [
    { about: "login", is: login(plan) },
    ...rescue(plan),
    { about: "DShield", is: dshield(plan) },
    ...upkeep(plan),
    { about: "capture", is: capture(plan) },
    { about: "logs", is: `collected before DShield deletes them, kept ${days(plan.logs.keepDays)}` },
    { about: "backup", is: backup(plan) },
    { about: "transfer", is: transfer(plan) },
    ...siem(plan),
    ...notifications(plan),
    ...metrics(plan),
    ...analysis(plan),
    {
      about: "retention",
      is: `deletes the oldest captures first if the disk is ${plan.disk.maxUsedPercent} % full`,
    },
    { about: "egress", is: egress(plan) },
    ...network(plan),
    ...machine(plan),
  ];
}

function login({ admin }: Plan): string {
  const keys = admin.sshKeys.length === 1 ? "one key" : `${admin.sshKeys.length} keys`;
  const from = admin.allowFrom === "anywhere" ? "anywhere" : admin.allowFrom.join(", ");
  return `${admin.user} on port ${admin.sshPort} with ${keys}, from ${from}; root login and password login are disabled`;
}

function rescue({ rescue: way, target }: Plan): readonly Choice[] {
  if (way === undefined) return [];
  const is = `if no admin logs in within ${way.afterMinutes} minutes after a boot, the admin port opens to every network for ${way.openMinutes} minutes (key login only); a login keeps it closed until 7 days pass without another one`;
  const unless =
    target === "ec2" ? "; the security group stays the same and must also allow the admin's address" : "";
  return [{ about: "rescue", is: `${is}${unless}` }];
}

function dshield({ dshield: honeypot }: Plan): string {
  if (honeypot === undefined)
    return "the first boot does not install it: it is already installed or will be installed later";
  const { email, userId, ref, answersTelnet, hasVelociraptor, isKeyChecked, updates } = honeypot;
  return [
    `installed from ${shownRef(ref)} for ${email} (${userId})`,
    answersTelnet ? "answers telnet" : "does not answer telnet",
    `upstream's remote-administration agent velociraptor is ${hasVelociraptor ? "installed" : "not installed"}`,
    isKeyChecked ? "the API key is checked first" : "the API key is not checked first",
    updates === "weekly" ? "updated once a week" : "updated by hand",
  ].join("; ");
}

function upkeep({ upkeep: kept }: Plan): readonly Choice[] {
  if (kept === undefined) return [];
  const { dailyReboot } = kept;
  const words =
    { keep: "stays, at a time that the installer chooses", off: "is removed" }[dailyReboot] ??
    `is at ${whenInWords(dailyReboot)}`;
  const is = `firewall, timetable and account file are restored if an update overwrites them; upstream's daily reboot ${words}`;
  return [{ about: "updates", is }];
}

function capture(plan: Plan): string {
  const { interface: device, rotateHours, rotateMegabytes, snapLength, keepDays } = plan.capture;
  const on = device === "auto" ? "the device of the default route" : device;
  return `on ${on}: ${captureFilter(plan)}; ${snapLength} bytes of each packet, a new file every ${rotateHours} h or ${rotateMegabytes} MB, kept ${days(keepDays)}`;
}

function backup({ backup: { format, sets, keepDays, encryptTo } }: Plan): string {
  const recipients = encryptTo.length === 1 ? "one recipient" : `${encryptTo.length} recipients`;
  const lock =
    encryptTo.length > 0
      ? `encrypted to ${recipients}`
      : "with a password that prevents running malware by accident but does not keep the content secret";
  return `${sets.join(", ")} as ${format}, ${lock}; kept ${days(keepDays)}`;
}

function transfer({ transfer: server }: Plan): string {
  if (server === undefined) return "none: archives stay on the sensor; `collect` fetches them over SSH";
  const { user, path, bandwidthLimit, keepDays } = server;
  const limit = bandwidthLimit === 0 ? "" : `, at most ${bandwidthLimit} kbit/s`;
  return `to ${user}@${endpointText(server)}:${path}${limit}; ${keepDays === 0 ? "never deleted there" : `kept there ${days(keepDays)}`}`;
}

function siem({ siem: server }: Plan): readonly Choice[] {
  if (server === undefined) return [];
  const { ca, spoolMegabytes } = server;
  const how = ca === undefined ? "without TLS" : "over TLS";
  const is = `ships logs to ${endpointText(server)} as they are written, ${how}; up to ${spoolMegabytes} MB wait on the disk`;
  return [{ about: "SIEM", is }];
}

function notifications({ notify }: Plan): readonly Choice[] {
  if (notify === undefined) return [];
  const { heartbeat, webhook, mail } = notify;
  const ways = [
    ...(heartbeat === undefined
      ? []
      : ["requests the heartbeat URL every 15 minutes while the sensor is healthy"]),
    ...(webhook === undefined
      ? []
      : [`posts to the webhook (${webhook.format}) when the sensor's health changes`]),
    ...(mail === undefined
      ? []
      : [
          `mails ${mail.to.join(", ")} by ${endpointText(mail)} (${mail.tls === "starttls" ? "STARTTLS" : "TLS"}) when the sensor's health changes`,
        ]),
  ];
  return [{ about: "notifications", is: ways.join("; ") }];
}

function metrics({ metrics: exporter }: Plan): readonly Choice[] {
  if (exporter === undefined) return [];
  const is = `the node exporter answers ${exporter.allowFrom.join(", ")} on port ${exporter.port}, without encryption`;
  return [{ about: "metrics", is }];
}

function analysis(plan: Plan): readonly Choice[] {
  const { tools } = plan;
  if (tools === undefined) return [];
  const { memoryMegabytes, timeLimitSeconds, keepDays } = tools;
  const limits = `each run with at most ${memoryMegabytes} MB and ${Math.round(timeLimitSeconds / 60)} minutes`;
  const names = analysers(plan).map(({ name }) => name);
  return [{ about: "analysis", is: `${names.join(", ")}; ${limits}; reports kept ${days(keepDays)}` }];
}

function egress({ security, target, ec2 }: Plan): string {
  const open =
    ec2 === undefined || ec2.egress === "anywhere" ? "everything" : "all that the security group allows";
  const users =
    security.egress === "open"
      ? `the honeypot's own users can reach ${open}`
      : "the honeypot's own users can reach web, name and time servers, but neither the sensor's network nor private networks";
  const metadata = targets[target].hasMetadata
    ? "; no program can reach the provider's metadata after cloud-init has finished"
    : "";
  return `${users}${metadata}`;
}

function network({ network, wifi }: Plan): readonly Choice[] {
  const { interface: device, addresses, gateways } = network ?? {};
  const by =
    network === undefined ? "DHCP" : `${addresses?.join(", ")} on ${device}, gateway ${gateways?.join(", ")}`;
  const radio = wifi === undefined ? "" : `; Wi-Fi "${wifi.ssid}", ${wifi.security}, ${wifi.country}`;
  return [{ about: "network", is: `${by}${radio}` }];
}

function machine({ ec2, piBoot }: Plan): readonly Choice[] {
  const boot = { cloudinit: "cloud-init", firstrun: "firstrun.sh", preseed: "rpi-preseed" } as const;
  if (piBoot !== undefined)
    return [{ about: "machine", is: `a Raspberry Pi whose image reads its settings with ${boot[piBoot]}` }];
  if (ec2 === undefined) return [];
  const egress =
    ec2.egress === "anywhere"
      ? "allows all outgoing traffic"
      : "allows only the outgoing traffic that the sensor needs";
  return [
    {
      about: "machine",
      is: `${ec2.instanceType} in ${ec2.region}, ${imageInWords(ec2.image)}, ${ec2.volumeGigabytes} GiB, ${ec2.elasticIp ? "an Elastic IP" : "an address that changes when the instance stops"}; its security group ${egress}`,
    },
  ];
}

function imageInWords(image: ImageChoice): string {
  if (image.kind === "baked") return "from the newest baked image";
  if (image.kind === "newest") return "from the newest official image";
  return `from ${image.kind === "ami" ? image.id : image.parameter}`;
}

function days(count: number): string {
  return count === 1 ? "one day" : `${count} days`;
}
