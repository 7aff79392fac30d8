import type { Plan } from "../plan/plan.ts";
import { secretFacts } from "../plan/secrets.ts";
import type { OsName } from "../values/os-names.ts";
import { base64, gzip, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { compact } from "./compact.ts";
import { compile, type Release, sensorFiles } from "./compile.ts";
import type { PackedDelivery } from "./delivery.ts";
import { sha256 } from "./digest.ts";
import type { Secrets } from "./payload.ts";

/** The folder of the programs that change a machine, in `templates/` and on the machine. */
export const applyFolder = "/var/lib/honeypot/apply";

/**
 * The archive that brings a machine to the state of its settings: the programs of `apply`, and in `tree/` every file of
 * the sensor with its mode and in the form in which a first boot would write it. Contains secrets. Pure.
 */
export function applyArchive(plan: Plan, secrets: Secrets, release: Release): PackedDelivery {
  const programs = release.templates
    .filter(({ path }) => path.startsWith(`${applyFolder}/`) && !path.endsWith("/install.sh"))
    .map(({ path, text }) => ({ path: path.slice(applyFolder.length), mode: 0o700, content: text }));
  const recovery = release.templates.find(({ path }) => path === recoveryUnit);
  if (programs.length === 0 || recovery === undefined)
    throw new Error("templates/ lacks the programs of apply");
  const archive = gzip(
    tar([
      ...programs,
      { path: `/${recoveryUnit.split("/").at(-1)}`, mode: 0o644, content: recovery.text },
      { path: "/names", mode: 0o600, content: settingNames.map((row) => `${row.join("\t")}\n`).join("") },
      { path: "/facts", mode: 0o600, content: facts(plan) },
      ...filesOnDisk(plan, secrets, release).map((file) => ({ ...file, path: `/tree${file.path}` })),
    ]),
  );
  return { archive, sha256: sha256(archive) };
}

/**
 * One file that changes the machine on which it is run: the program, and the archive as base64 in comments. Mode 0600,
 * because it contains secrets.
 */
export function installer(plan: Plan, secrets: Secrets, release: Release): Artifact {
  const { archive, sha256: sum } = applyArchive(plan, secrets, release);
  const program = release.templates.find(({ path }) => path === `${applyFolder}/install.sh`);
  if (program === undefined) throw new Error("templates/ lacks the installer");
  const lines = base64(archive).replace(/.{1,76}/g, "# $&\n");
  return {
    path: `${plan.name}.install.sh`,
    mode: 0o600,
    content: `${program.text}# archive: ${sum}\n${lines}`,
  };
}

/** The unit that ends an interrupted change at the next boot. It exists only during a change. */
export const recoveryUnit = "/etc/systemd/system/honeypot-revert.service";

/** Every file of a sensor as its first boot writes it: programs in a user-data that is not readable are compacted. */
export function filesOnDisk(plan: Plan, secrets: Secrets, release: Release): readonly Artifact[] {
  const files = sensorFiles(plan, secrets, release, "whole");
  const compiled = compile(plan, secrets, release);
  if (compiled.kind === "too-large") return files.map(compact);
  const { held, programs, userData } = compiled;
  const isReadable = userData.form === "readable" || userData.form === "archive";
  const inUserData = new Set(held.map(({ path }) => path));
  return files.map((file) => {
    if (inUserData.has(file.path)) return isReadable ? file : compact(file);
    return programs === undefined ? file : compact(file);
  });
}

function facts({ os }: Plan): string {
  return `OS="${systems[os]}"\nOS_NAME="${os}"\n`;
}

/** `ID` and `VERSION_ID` of `/etc/os-release`. */
const systems: Readonly<Record<OsName, string>> = {
  "debian-12": "debian 12",
  "debian-13": "debian 13",
  "ubuntu-24.04": "ubuntu 24.04",
  "ubuntu-26.04": "ubuntu 26.04",
  "raspios-12": "debian 12",
  "raspios-13": "debian 13",
};

type SettingName = readonly [source: string, setting: string, unit?: string];

/**
 * The setting behind each variable of `/etc/default/honeypot` and each generated file, for the plan of `apply`. The
 * unit is the number by which the variable is divided, or `secret` for a file whose content is never shown.
 */
export const settingNames: readonly SettingName[] = [
  ["TIMEZONE", "timezone"],
  ["ADMIN_USER", "admin.user"],
  ["ADMIN_SSH_PORT", "admin.ssh_port"],
  ["/etc/honeypot/authorized_keys", "admin.ssh_keys"],
  ["ADMIN_ALLOW_FROM", "admin.allow_from"],
  ["ADMIN_RESCUE_AFTER_MINUTES", "admin.rescue.after_minutes"],
  ["ADMIN_RESCUE_OPEN_MINUTES", "admin.rescue.open_minutes"],
  ["DSHIELD_EMAIL", "dshield.email"],
  ["DSHIELD_USER_ID", "dshield.user_id"],
  ["DSHIELD_CHECK_KEY", "dshield.check_api_key"],
  ["DSHIELD_CERTIFICATE", "dshield.certificate"],
  ["DSHIELD_TELNET", "dshield.telnet"],
  ["DSHIELD_VELOCIRAPTOR", "dshield.velociraptor"],
  ["DSHIELD_DAILY_REBOOT", "dshield.daily_reboot"],
  ["CAPTURE_INTERFACE", "capture.interface"],
  ["CAPTURE_FILTER", "capture.filter"],
  ["CAPTURE_SNAP_LENGTH", "capture.snap_length"],
  ["CAPTURE_ROTATE_SECONDS", "capture.rotate.hours", "3600"],
  ["CAPTURE_ROTATE_MEGABYTES", "capture.rotate.megabytes"],
  ["CAPTURE_KEEP_DAYS", "capture.keep_days"],
  ["LOGS_KEEP_DAYS", "logs.keep_days"],
  ["/etc/cron.d/honeypot", "schedules"],
  ["BACKUP_SETS", "backup.sets"],
  ["BACKUP_FORMAT", "backup.format"],
  ["/etc/honeypot/backup_recipients", "backup.encrypt_to"],
  ["BACKUP_KEEP_DAYS", "backup.keep_days"],
  ["TRANSFER_HOST", "transfer.host"],
  ["TRANSFER_PORT", "transfer.port"],
  ["TRANSFER_USER", "transfer.user"],
  ["TRANSFER_PATH", "transfer.path"],
  ["/etc/honeypot/known_hosts", "transfer.host_key"],
  ["TRANSFER_LIMIT_KBIT", "transfer.bandwidth_limit"],
  ["TRANSFER_KEEP_DAYS", "transfer.keep_days"],
  ["SIEM_HOST", "siem.logstash (host)"],
  ["SIEM_PORT", "siem.logstash (port)"],
  ["METRICS_ALLOW_FROM", "metrics.allow_from"],
  ["WEBHOOK_FORMAT", "notify.webhook.format"],
  ["MAIL_HOST", "notify.mail.host"],
  ["MAIL_PORT", "notify.mail.port"],
  ["MAIL_TLS", "notify.mail.tls"],
  ["MAIL_FROM", "notify.mail.from"],
  ["MAIL_TO", "notify.mail.to"],
  ["MAIL_USER", "notify.mail.user"],
  ["TOOLS_MAX_MEGABYTES", "tools.memory_megabytes"],
  ["TOOLS_MAX_SECONDS", "tools.time_limit_minutes", "60"],
  ["TOOLS_KEEP_DAYS", "tools.keep_days"],
  ["TOOLS_EMAIL", "tools.cowrieprocessor.email"],
  ["TOOLS_MAXMIND_ACCOUNT", "tools.json_log_country.geolite2.account_id"],
  ["EGRESS", "security.egress"],
  ["DISK_MAX_USED_PERCENT", "disk.max_used_percent"],
  ...Object.entries(secretFacts).flatMap(([setting, facts]): readonly SettingName[] =>
    "file" in facts ? [[`/etc/honeypot/secrets/${facts.file}`, setting, "secret"]] : [],
  ),
];

/** Variables that follow from other settings, whose change the plan shows with those. */
export const derivedVariables: readonly string[] = [
  "SENSOR_NAME",
  "PACKAGES",
  "REPOSITORIES",
  "BACKUP_INTERVAL_SECONDS",
  "TRANSFER_INTERVAL_SECONDS",
  "TOOLS_INTERVALS",
  "METADATA_BLOCKED",
  "METRICS_PORT",
  "NOTIFY_PORTS",
];
