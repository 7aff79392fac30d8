import { analysers } from "../plan/analysers.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories } from "../plan/repositories.ts";
import { targets } from "../plan/targets.ts";
import type { Artifact } from "./artifact.ts";
import { environment } from "./environment.ts";
import { escapeEnvironment, escapeLine, escapeWords } from "./escapes.ts";
import { filebeatConfig } from "./filebeat.ts";
import type { Escape, View } from "./render-template.ts";
import { renderTemplate } from "./render-template.ts";

/** A file of `templates/`, its path as it will be on the sensor (`/opt/honeypot/scripts/backup.sh`). */
export type Template = { readonly path: string; readonly text: string };

/** The values of a sensor's secrets by the dotted path of their setting, e.g. `backup.password`. */
export type Secrets = ReadonlyMap<string, string>;

/**
 * The sensor's own file tree, sorted by path: the static files of `templates/` as they are, its data files
 * rendered, and the files that hold secrets. Every route (cloud-init, Pi, Packer) lays down this tree.
 */
export function payload(
  plan: Plan,
  secrets: Secrets,
  templates: readonly Template[],
  build: Build,
): readonly Artifact[] {
  const files = templates
    .filter(({ path }) => isNeeded(path, plan))
    .map(({ path, text }) =>
      path.endsWith(".mustache")
        ? dataFile(path.slice(0, -".mustache".length), text, plan)
        : staticFile(path, text),
    );
  files.push({
    path: "/etc/honeypot/build.json",
    mode: 0o644,
    content: `${JSON.stringify(build, null, 2)}\n`,
  });
  for (const [setting, name] of Object.entries(secretFiles)) {
    const value = secrets.get(setting);
    if (value !== undefined)
      files.push({ path: `/etc/honeypot/secrets/${name}`, mode: 0o600, content: `${value}\n` });
  }
  if (plan.siem !== undefined)
    files.push({
      path: "/etc/filebeat/filebeat.yml",
      mode: 0o600,
      content: filebeatConfig(plan.name, plan.siem),
    });
  const key = secrets.get("transfer.private_key");
  // ssh wants the newline at the end that reading a secret takes away.
  if (key !== undefined)
    files.push({
      path: "/etc/honeypot/secrets/transfer_key",
      mode: 0o600,
      content: `${key.replaceAll("\r\n", "\n").trimEnd()}\n`,
    });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What made this sensor, as `/etc/honeypot/build.json` tells it: never a secret, nor anything made from one. */
export type Build = {
  readonly sensor: string;
  readonly sensorbake: string;
  readonly settings_digest: string;
};

/** The files of secrets that are text of one line, or that nobody reads but by lines. */
const secretFiles: Readonly<Record<string, string>> = {
  "backup.password": "backup_password",
  "dshield.api_key": "dshield_api_key",
  "siem.ca": "siem_ca",
  "tools.cowrieprocessor.virustotal_api_key": "virustotal",
  "tools.cowrieprocessor.urlhaus_api_key": "urlhaus",
  "tools.cowrieprocessor.spur_api_key": "spur",
  "tools.json_log_country.geolite2.license_key": "maxmind",
};

/** How each data file's reader wants its values. A data file that is not here is not rendered but refused. */
const escapes: Readonly<Record<string, Escape>> = {
  "/etc/cron.d/honeypot": escapeWords,
  "/etc/default/honeypot": escapeEnvironment,
  "/etc/honeypot/authorized_keys": escapeLine,
  "/etc/honeypot/backup_recipients": escapeLine,
  "/etc/honeypot/known_hosts": escapeLine,
  "/etc/ssh/sshd_config.d/10-honeypot.conf": escapeWords,
};

/** Files that not every sensor needs, and when. */
const conditions: Readonly<Record<string, (plan: Plan) => boolean>> = {
  "/etc/honeypot/backup_recipients.mustache": ({ backup }) => backup.format === "tar.zst",
  "/etc/systemd/system/honeypot-first-boot.service.d/boot-partition.conf": ({ target }) => target === "pi",
  "/etc/systemd/system/cowrie.service.d/honeypot.conf": ({ dshield }) => dshield !== undefined,
  "/etc/honeypot/known_hosts.mustache": ({ transfer }) => transfer !== undefined,
  "/opt/honeypot/first-boot/45-clones.sh": (plan) => repositories(plan).length > 0,
  "/opt/honeypot/first-boot/50-dshield.sh": ({ dshield }) => dshield !== undefined,
  "/opt/honeypot/first-boot/47-filebeat.sh": ({ siem }) => siem !== undefined,
  "/opt/honeypot/first-boot/75-siem.sh": ({ siem }) => siem !== undefined,
  "/opt/honeypot/first-boot/50-transfer-key.sh": ({ transfer }) => transfer !== undefined,
  "/etc/systemd/system/cloud-final.service.d/honeypot.conf": hasCloudInit,
  "/etc/systemd/system/dshieldfw.service.d/honeypot.conf": hasUpkeep,
  "/etc/systemd/system/honeypot-admin-access.service.d/egress.conf": limitsEgress,
  "/etc/systemd/system/honeypot-reapply.path": hasUpkeep,
  "/etc/systemd/system/honeypot-reapply.service": hasUpkeep,
  "/etc/systemd/system/honeypot-rescue.service": hasRescue,
  "/etc/systemd/system/honeypot-rescue.timer": hasRescue,
  "/opt/honeypot/first-boot/65-rescue.sh": hasRescue,
  "/opt/honeypot/scripts/rescue.sh": hasRescue,
  "/usr/local/lib/honeypot/status/rescue.sh": hasRescue,
  "/etc/systemd/system/logrotate.timer.d/honeypot.conf": hasUpkeep,
  "/etc/systemd/system/honeypot-update.service": ({ dshield }) => dshield !== undefined,
  "/etc/systemd/system/honeypot-update.timer": ({ dshield }) => dshield?.updates === "weekly",
  "/opt/honeypot/scripts/update-dshield.sh": ({ dshield }) => dshield !== undefined,
  "/usr/local/lib/honeypot/status/update.sh": ({ dshield }) => dshield !== undefined,
  "/opt/honeypot/first-boot/55-firewall.sh": hasUpkeep,
  "/opt/honeypot/first-boot/95-seed.sh": hasCloudInit,
  "/opt/honeypot/scripts/egress.sh": limitsEgress,
  "/opt/honeypot/scripts/firewall.sh": hasUpkeep,
  "/opt/honeypot/scripts/reapply.sh": hasUpkeep,
  "/opt/honeypot/scripts/scrub-seed.sh": hasCloudInit,
  "/opt/honeypot/scripts/update-file.sh": hasUpkeep,
  "/root/bin/postinstall.sh": hasUpkeep,
  "/usr/local/lib/honeypot/status/firewall.sh": hasUpkeep,
  "/opt/honeypot/first-boot/80-reboot.sh": ({ dshield }) => dshield !== undefined,
  "/opt/honeypot/first-boot/95-scrub.sh": ({ target }) => target === "pi",
  "/opt/honeypot/scripts/analyse.sh": ({ tools }) => tools !== undefined,
  "/opt/honeypot/scripts/boot-log.sh": ({ target }) => target === "pi",
  // Only compile.ts knows whether the user-data can hold the programs.
  "/etc/systemd/system/honeypot-programs.service.mustache": () => false,
  "/opt/honeypot/scripts/transfer.sh": ({ transfer }) => transfer !== undefined,
  "/usr/local/lib/honeypot/status/dshield.sh": ({ dshield }) => dshield !== undefined,
  "/usr/local/lib/honeypot/status/siem.sh": ({ siem }) => siem !== undefined,
  "/usr/local/lib/honeypot/status/tools.sh": ({ tools }) => tools !== undefined,
  "/usr/local/lib/honeypot/status/transfer.sh": ({ transfer }) => transfer !== undefined,
  "/usr/local/lib/honeypot/tools/cowrieprocessor.py": ({ tools }) => tools?.cowrieprocessor !== undefined,
  "/usr/local/lib/honeypot/tools/json_log_country.py": ({ tools }) => tools?.jsonLogCountry !== undefined,
};

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

function isNeeded(path: string, plan: Plan): boolean {
  // Those are for the boot partition of a Pi, and its backends lay them there.
  if (path.startsWith("/boot/")) return false;
  const isWanted = conditions[path];
  return isWanted === undefined || isWanted(plan);
}

function dataFile(path: string, template: string, plan: Plan): Artifact {
  const write = escapes[path];
  if (write === undefined) throw new Error(`no format is known for the data file ${path}`);
  return { path, mode: 0o644, content: renderTemplate(template, view(plan), write) };
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
    server_keys: (plan.transfer?.hostKeys ?? []).map((line) => ({ line })),
    upkeeps: plan.upkeep === undefined ? [] : [{}],
    variables: environment(plan).map(([name, value]) => ({ name, value })),
  };
}

function staticFile(path: string, text: string): Artifact {
  const isProgram = path.startsWith("/opt/honeypot/") || path.startsWith("/root/");
  return {
    path,
    mode: isProgram ? 0o700 : path.startsWith("/usr/local/bin/") ? 0o755 : 0o644,
    content: text,
  };
}
