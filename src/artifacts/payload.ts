import { analysers } from "../plan/analysers.ts";
import { once } from "../plan/once.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories } from "../plan/repositories.ts";
import { factsOf, secretsOf } from "../plan/secrets.ts";
import { targets } from "../plan/targets.ts";
import type { Artifact } from "./artifact.ts";
import { environment } from "./environment.ts";
import { escapeEnvironment, escapeLine, escapeWords } from "./escapes.ts";
import { filebeatConfig } from "./filebeat.ts";
import type { Escape, View } from "./render-template.ts";
import { renderTemplate } from "./render-template.ts";

/** A file of `templates/` with its path on the sensor (`/opt/honeypot/scripts/backup.sh`). */
export type Template = { readonly path: string; readonly text: string };

/** The values of a sensor's secrets by the dotted path of their setting, e.g. `backup.password`. */
export type Secrets = ReadonlyMap<string, string>;

/**
 * The sensor's file tree, sorted by path: the static files of `templates/`, its rendered data files, and the files with
 * secrets. Every route (cloud-init, Pi, Packer) writes this tree.
 */
export function payload(
  plan: Plan,
  secrets: Secrets,
  templates: readonly Template[],
  build: Build,
): readonly Artifact[] {
  checkFeatures(templates);
  const values = view(plan);
  const files = withoutUnused(forSensors(templates).filter(({ path }) => isWanted(path, plan))).map(
    (template) =>
      template.path.endsWith(".mustache")
        ? dataFile(template.path.slice(0, -".mustache".length), template.text, values)
        : staticFile(template),
  );
  files.push({
    path: "/etc/honeypot/build.json",
    mode: 0o644,
    content: `${JSON.stringify(build, null, 2)}\n`,
  });
  for (const { name } of secretsOf(plan)) {
    const { file, isMultiLine = false } = factsOf(name);
    const value = secrets.get(name);
    // ssh needs the trailing newline, which reading a secret removes, and refuses CRLF.
    if (file !== undefined && value !== undefined)
      files.push(
        shared({
          path: `/etc/honeypot/secrets/${file}`,
          mode: 0o600,
          content: isMultiLine ? `${value.replaceAll("\r\n", "\n").trimEnd()}\n` : `${value}\n`,
        }),
      );
  }
  if (plan.siem !== undefined)
    files.push({
      path: "/etc/filebeat/filebeat.yml",
      mode: 0o600,
      content: filebeatConfig(plan.name, plan.siem),
    });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every program that any sensor may need. */
export function allPrograms(templates: readonly Template[]): readonly Artifact[] {
  return forSensors(templates)
    .filter(({ path }) => !path.endsWith(".mustache"))
    .map(staticFile);
}

/** The content of `/etc/honeypot/build.json`: the program's version, without secrets or data derived from them. */
export type Build = {
  readonly sensor: string;
  readonly target: string;
  readonly sensorbake: string;
  readonly settings_digest: string;
};

/** The format of each data file. A data file without an entry is refused. */
const escapes: Readonly<Record<string, Escape>> = {
  "/etc/cron.d/honeypot": escapeWords,
  "/etc/default/honeypot": escapeEnvironment,
  "/etc/honeypot/authorized_keys": escapeLine,
  "/etc/honeypot/backup_recipients": escapeLine,
  "/etc/honeypot/known_hosts": escapeLine,
  "/etc/ssh/sshd_config.d/10-honeypot.conf": escapeWords,
  "/etc/systemd/system/prometheus-node-exporter.service.d/networks.conf": escapeWords,
};

/** Files that only some sensors need, by feature. A file in no list is on every sensor. */
const features: readonly Feature[] = [
  {
    isWanted: ({ backup }) => backup.format === "tar.zst",
    paths: ["/etc/honeypot/backup_recipients.mustache"],
  },
  {
    isWanted: ({ target }) => target === "pi",
    paths: [
      "/etc/systemd/system/honeypot-first-boot.service.d/boot-partition.conf",
      "/opt/honeypot/first-boot/05-scrub.sh",
      "/opt/honeypot/scripts/boot-log.sh",
    ],
  },
  {
    isWanted: hasCloudInit,
    paths: [
      "/etc/systemd/system/cloud-final.service.d/honeypot.conf",
      "/opt/honeypot/first-boot/05-seed.sh",
      "/opt/honeypot/scripts/scrub-seed.sh",
    ],
  },
  {
    isWanted: ({ transfer }) => transfer !== undefined,
    paths: [
      "/etc/honeypot/known_hosts.mustache",
      "/opt/honeypot/first-boot/50-transfer-key.sh",
      "/opt/honeypot/scripts/transfer.sh",
      "/usr/local/lib/honeypot/status/transfer.sh",
    ],
  },
  {
    isWanted: ({ dshield }) => dshield !== undefined,
    paths: [
      "/etc/systemd/system/cowrie.service.d/honeypot.conf",
      "/etc/systemd/system/honeypot-update.service",
      "/opt/honeypot/first-boot/50-dshield.sh",
      "/opt/honeypot/first-boot/80-reboot.sh",
      "/opt/honeypot/scripts/update-dshield.sh",
      "/usr/local/lib/honeypot/last_line.py",
      "/usr/local/lib/honeypot/status/dshield.sh",
      "/usr/local/lib/honeypot/status/update.sh",
    ],
  },
  {
    isWanted: ({ dshield }) => dshield?.updates === "weekly",
    paths: ["/etc/systemd/system/honeypot-update.timer"],
  },
  {
    isWanted: hasUpkeep,
    paths: [
      "/etc/systemd/system/dshieldfw.service.d/honeypot.conf",
      "/etc/systemd/system/honeypot-reapply.path",
      "/etc/systemd/system/honeypot-reapply.service",
      "/etc/systemd/system/honeypot-reapply.timer",
      "/etc/systemd/system/logrotate.timer.d/honeypot.conf",
      "/opt/honeypot/first-boot/55-firewall.sh",
      "/opt/honeypot/scripts/firewall.sh",
      "/opt/honeypot/scripts/reapply.sh",
      "/opt/honeypot/scripts/update-file.sh",
      "/root/bin/postinstall.sh",
      "/usr/local/lib/honeypot/status/firewall.sh",
    ],
  },
  {
    isWanted: hasRescue,
    paths: [
      "/etc/systemd/system/honeypot-rescue.service",
      "/etc/systemd/system/honeypot-rescue.timer",
      "/opt/honeypot/first-boot/65-rescue.sh",
      "/opt/honeypot/scripts/rescue.sh",
      "/usr/local/lib/honeypot/status/rescue.sh",
    ],
  },
  {
    isWanted: ({ security }) => security.egress === "restricted",
    paths: ["/opt/honeypot/scripts/egress-limits.sh"],
  },
  {
    isWanted: limitsEgress,
    paths: [
      "/etc/systemd/system/honeypot-admin-access.service.d/egress.conf",
      "/etc/systemd/system/honeypot-egress.service",
      "/etc/systemd/system/honeypot-egress.timer",
      "/opt/honeypot/scripts/egress.sh",
      "/usr/local/lib/honeypot/status/egress.sh",
    ],
  },
  {
    isWanted: (plan) => repositories(plan).length > 0,
    paths: ["/opt/honeypot/first-boot/45-clones.sh"],
  },
  {
    isWanted: ({ tools }) => tools !== undefined,
    paths: [
      "/opt/honeypot/scripts/analyse.sh",
      "/usr/local/lib/honeypot/status/tools.sh",
      "/usr/local/lib/honeypot/take_report.py",
      "/usr/local/lib/honeypot/tools/lines.py",
    ],
  },
  {
    isWanted: ({ tools }) => tools?.cowrieprocessor !== undefined,
    paths: ["/usr/local/lib/honeypot/tools/cowrieprocessor.py"],
  },
  {
    isWanted: ({ tools }) => tools?.jsonLogCountry !== undefined,
    paths: ["/usr/local/lib/honeypot/tools/json_log_country.py"],
  },
  {
    isWanted: ({ siem }) => siem !== undefined,
    paths: [
      "/opt/honeypot/first-boot/47-filebeat.sh",
      "/opt/honeypot/first-boot/75-siem.sh",
      "/usr/local/lib/honeypot/status/siem.sh",
    ],
  },
  {
    isWanted: ({ metrics, notify }) => metrics !== undefined || notify !== undefined,
    paths: [
      "/etc/systemd/system/honeypot-health.service",
      "/etc/systemd/system/honeypot-health.timer",
      "/opt/honeypot/first-boot/35-health.sh",
      "/opt/honeypot/scripts/health.sh",
      "/usr/local/lib/honeypot/channels.py",
      "/usr/local/lib/honeypot/health.py",
      "/usr/local/lib/honeypot/messages.py",
    ],
  },
  {
    isWanted: ({ metrics }) => metrics !== undefined,
    paths: [
      "/etc/systemd/system/prometheus-node-exporter.service.d/honeypot.conf",
      "/etc/systemd/system/prometheus-node-exporter.service.d/networks.conf.mustache",
      "/opt/honeypot/first-boot/62-metrics.sh",
      "/usr/local/lib/honeypot/metrics.py",
      "/usr/local/lib/honeypot/status/metrics.sh",
    ],
  },
  {
    isWanted: ({ notify }) => notify?.mail !== undefined,
    paths: ["/usr/local/lib/honeypot/mail.py"],
  },
  {
    // Only compile.ts knows whether the programs fit into the user-data.
    isWanted: () => false,
    paths: [
      "/etc/systemd/system/honeypot-programs.service.mustache",
      "/opt/honeypot/first-boot/25-delivery.sh",
      "/opt/honeypot/scripts/fetch-programs.sh",
      "/opt/honeypot/scripts/receive.sh",
    ],
  },
];

const conditions = new Map(features.flatMap(({ isWanted, paths }) => paths.map((path) => [path, isWanted])));

type Feature = { readonly isWanted: (plan: Plan) => boolean; readonly paths: readonly string[] };

function hasCloudInit({ piBoot }: Plan): boolean {
  return piBoot === undefined || piBoot === "cloudinit";
}

function limitsEgress({ security, target }: Plan): boolean {
  return security.egress === "restricted" || targets[target].hasMetadata;
}

function hasRescue({ rescue }: Plan): boolean {
  return rescue !== undefined;
}

function hasUpkeep({ upkeep }: Plan): boolean {
  return upkeep !== undefined;
}

// The others are for the boot partition of a Pi, where its backends put them, and for the time of an `apply`.
const forSensors = once((templates: readonly Template[]) =>
  templates.filter(
    ({ path }) => !/^\/(boot|var)\//.test(path) && path !== "/etc/systemd/system/honeypot-revert.service",
  ),
);

function isWanted(path: string, plan: Plan): boolean {
  return conditions.get(path)?.(plan) ?? true;
}

// Only programs that import it need it, and it is large for small user-data.
function withoutUnused(files: readonly Template[]): readonly Template[] {
  const library = "/usr/local/lib/honeypot/foreign.py";
  const isUsed = files.some((file) => file.path !== library && namesForeign(file));
  return isUsed ? files : files.filter(({ path }) => path !== library);
}

const namesForeign = once(({ text }: Template): boolean => text.includes("foreign"));

// A mistyped path would put the file on every sensor.
const checkFeatures = once((templates: readonly Template[]): void => {
  const known = new Set(templates.map(({ path }) => path));
  const missing = features.flatMap(({ paths }) => paths).filter((path) => !known.has(path));
  if (missing.length > 0)
    throw new Error(`payload.ts names files that are not in templates/: ${missing.join(", ")}`);
});

function dataFile(path: string, template: string, values: View): Artifact {
  const write = escapes[path];
  if (write === undefined) throw new Error(`the data file ${path} has no format`);
  return shared({ path, mode: 0o644, content: renderTemplate(template, values, write) });
}

const latest = new Map<string, Artifact>();

// Most sensors have the same crontab and keys as the sensor before them. One object for both lets `once` find its results.
function shared(file: Artifact): Artifact {
  const last = latest.get(file.path);
  if (last?.content === file.content) return last;
  latest.set(file.path, file);
  return file;
}

function view(plan: Plan): View {
  return {
    admin_user: plan.admin.user,
    backup_schedule: plan.backup.schedule,
    keys: plan.admin.sshKeys.map((line) => ({ line })),
    recipients: plan.backup.encryptTo.map((line) => ({ line })),
    transfers: plan.transfer === undefined ? [] : [{ transfer_schedule: plan.transfer.schedule }],
    shippers: plan.siem === undefined ? [] : [{}],
    analyses: analysers(plan).map(({ name, schedule }) => ({ tool: name, tool_schedule: schedule })),
    metrics_networks: (plan.metrics?.allowFrom ?? []).map((network) => ({ network })),
    server_keys: (plan.transfer?.hostKeys ?? []).map((line) => ({ line })),
    variables: environment(plan).map(([name, value]) => ({ name, value })),
  };
}

const staticFile = once(({ path, text }: Template): Artifact => {
  const isProgram = path.startsWith("/opt/honeypot/") || path.startsWith("/root/");
  return {
    path,
    mode: isProgram ? 0o700 : path.startsWith("/usr/local/bin/") ? 0o755 : 0o644,
    content: text,
  };
});
