import { type Analyser, analysers } from "../plan/analysers.ts";
import { captureFilter } from "../plan/capture-filter.ts";
import { notifyPorts } from "../plan/notify-ports.ts";
import { packages } from "../plan/packages.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories, repositoryWords } from "../plan/repositories.ts";
import { longestGapSeconds } from "../plan/schedule.ts";
import { targets } from "../plan/targets.ts";

/** The variables in `/etc/default/honeypot`, which scripts read at run time, in order. */
export function environment(plan: Plan): readonly (readonly [name: string, value: string])[] {
  const {
    admin,
    rescue,
    dshield,
    upkeep,
    capture,
    logs,
    backup,
    transfer,
    siem,
    notify,
    metrics,
    tools,
    disk,
  } = plan;
  const clones = repositories(plan);
  return [
    ["SENSOR_NAME", plan.name],
    ["TIMEZONE", plan.timezone],
    ["PACKAGES", packages(plan).join(" ")],
    ...(clones.length === 0 ? [] : ([["REPOSITORIES", repositoryWords(clones)]] as const)),
    ["ADMIN_USER", admin.user],
    ["ADMIN_SSH_PORT", String(admin.sshPort)],
    ["ADMIN_ALLOW_FROM", admin.allowFrom === "anywhere" ? "anywhere" : admin.allowFrom.join(" ")],
    ...(rescue === undefined
      ? []
      : ([
          ["ADMIN_RESCUE_AFTER_MINUTES", String(rescue.afterMinutes)],
          ["ADMIN_RESCUE_OPEN_MINUTES", String(rescue.openMinutes)],
        ] as const)),
    ...(dshield === undefined
      ? []
      : ([
          ["DSHIELD_EMAIL", dshield.email],
          ["DSHIELD_USER_ID", String(dshield.userId)],
          ["DSHIELD_CHECK_KEY", String(dshield.isKeyChecked)],
          ["DSHIELD_CERTIFICATE", dshield.certificate.join("/")],
          ["DSHIELD_TELNET", String(dshield.answersTelnet)],
          ["DSHIELD_VELOCIRAPTOR", String(dshield.hasVelociraptor)],
        ] as const)),
    ...(upkeep === undefined || upkeep.dailyReboot === "keep"
      ? []
      : ([["DSHIELD_DAILY_REBOOT", upkeep.dailyReboot]] as const)),
    ["CAPTURE_INTERFACE", capture.interface],
    ["CAPTURE_FILTER", captureFilter(plan)],
    ["CAPTURE_SNAP_LENGTH", String(capture.snapLength)],
    ["CAPTURE_ROTATE_SECONDS", String(capture.rotateHours * 3600)],
    ["CAPTURE_ROTATE_MEGABYTES", String(capture.rotateMegabytes)],
    ["CAPTURE_KEEP_DAYS", String(capture.keepDays)],
    ["LOGS_KEEP_DAYS", String(logs.keepDays)],
    ["BACKUP_SETS", backup.sets.join(" ")],
    ["BACKUP_FORMAT", backup.format],
    ["BACKUP_KEEP_DAYS", String(backup.keepDays)],
    ["BACKUP_INTERVAL_SECONDS", String(longestGapSeconds(backup.schedule))],
    ...(transfer === undefined
      ? []
      : ([
          ["TRANSFER_HOST", transfer.host],
          ["TRANSFER_PORT", String(transfer.port)],
          ["TRANSFER_USER", transfer.user],
          ["TRANSFER_PATH", transfer.path],
          ["TRANSFER_LIMIT_KBIT", String(transfer.bandwidthLimit)],
          ["TRANSFER_KEEP_DAYS", String(transfer.keepDays)],
          ["TRANSFER_INTERVAL_SECONDS", String(longestGapSeconds(transfer.schedule))],
        ] as const)),
    ...(siem === undefined
      ? []
      : ([
          ["SIEM_HOST", siem.host],
          ["SIEM_PORT", String(siem.port)],
        ] as const)),
    ...(metrics === undefined
      ? []
      : ([
          ["METRICS_PORT", String(metrics.port)],
          ["METRICS_ALLOW_FROM", metrics.allowFrom.join(" ")],
        ] as const)),
    ...(notify === undefined
      ? []
      : ([["NOTIFY_PORTS", `${notifyPorts.first} ${notifyPorts.last}`]] as const)),
    ...(notify?.webhook === undefined ? [] : ([["WEBHOOK_FORMAT", notify.webhook.format]] as const)),
    ...(notify?.mail === undefined
      ? []
      : ([
          ["MAIL_HOST", notify.mail.host],
          ["MAIL_PORT", String(notify.mail.port)],
          ["MAIL_TLS", notify.mail.tls],
          ["MAIL_FROM", notify.mail.from],
          ["MAIL_TO", notify.mail.to.join(" ")],
          ["MAIL_USER", notify.mail.user],
        ] as const)),
    ...(tools === undefined
      ? []
      : ([
          // Two words each.
          ["TOOLS_INTERVALS", analysers(plan).map(intervalOf).join(" ")],
          ["TOOLS_MAX_MEGABYTES", String(tools.memoryMegabytes)],
          ["TOOLS_MAX_SECONDS", String(tools.timeLimitSeconds)],
          ["TOOLS_KEEP_DAYS", String(tools.keepDays)],
          ["TOOLS_EMAIL", tools.cowrieprocessor?.email ?? ""],
          ["TOOLS_MAXMIND_ACCOUNT", String(tools.jsonLogCountry?.accountId ?? 0)],
        ] as const)),
    ...(plan.security.egress === "open" ? [] : ([["EGRESS", plan.security.egress]] as const)),
    ...(targets[plan.target].hasMetadata ? ([["METADATA_BLOCKED", "true"]] as const) : []),
    ["DISK_MAX_USED_PERCENT", String(disk.maxUsedPercent)],
  ];
}

function intervalOf({ name, schedule }: Analyser): string {
  return `${name} ${longestGapSeconds(schedule)}`;
}

/** Of a variable or a generated file: the setting behind it. The unit is the number by which the variable is divided. */
export type SettingName = readonly [source: string, setting: string, unit?: string];

/** The setting behind each variable, for the plan of `apply`. */
export const variableNames: readonly SettingName[] = [
  ["TIMEZONE", "timezone"],
  ["ADMIN_USER", "admin.user"],
  ["ADMIN_SSH_PORT", "admin.ssh_port"],
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
  ["BACKUP_SETS", "backup.sets"],
  ["BACKUP_FORMAT", "backup.format"],
  ["BACKUP_KEEP_DAYS", "backup.keep_days"],
  ["TRANSFER_HOST", "transfer.host"],
  ["TRANSFER_PORT", "transfer.port"],
  ["TRANSFER_USER", "transfer.user"],
  ["TRANSFER_PATH", "transfer.path"],
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
