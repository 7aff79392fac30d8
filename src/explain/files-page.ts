import type { Template } from "../artifacts/payload.ts";
import { firstComment } from "./first-comment.ts";

/** docs/sensor-files.md: every file of sensorbake on a sensor, described by the file itself. */
export function filesPage(templates: readonly Template[]): string {
  const directories = templates.find(({ path }) => path === "/etc/tmpfiles.d/honeypot.conf")?.text ?? "";
  return [
    "# Files on a sensor",
    "",
    "This page is generated from the files themselves (`npm test -- docs --update`). A sensor has only the files that its settings need. `/etc/honeypot/manifest` has the checksum of each file, and `honeypot-status` reports files that were changed by hand.",
    "",
    "## Directories",
    "",
    "| directory | mode | owner | content |",
    "|---|---|---|---|",
    ...directories.split("\n").flatMap(directoryRow),
    "",
    "## Settings and secrets",
    "",
    "| file | content |",
    "|---|---|",
    ...contents.map(([path, content]) => `| \`${path}\` | ${content} |`),
    "",
    "## Programs and units",
    "",
    "| file | purpose |",
    "|---|---|",
    ...templates.flatMap(({ path, text }) => {
      const purpose = purposeOf(path, text);
      return purpose === "" ? [] : [`| \`${path.replace(/\.mustache$/, "")}\` | ${cell(purpose)} |`];
    }),
    "",
  ].join("\n");
}

function directoryRow(line: string): readonly string[] {
  const [kind, path = "", mode = "", user = "", group = ""] = line.split(/\s+/);
  if (kind !== "d") return [];
  const content = directoryContents[path];
  if (content === undefined) throw new Error(`files-page.ts does not describe ${path}`);
  return [`| \`${path}\` | ${mode} | ${user}:${group} | ${content} |`];
}

const directoryContents: Readonly<Record<string, string>> = {
  "/etc/honeypot": "generated files: keys, build.json, manifest",
  "/etc/honeypot/secrets": "secrets, each in a file with mode 0600",
  "/opt/honeypot": "programs",
  "/opt/honeypot/scripts": "scripts that cron, timers and the admin start",
  "/opt/honeypot/first-boot": "steps of the first boot",
  "/run/honeypot": "locks and other files of running programs",
  "/var/backups/honeypot": "archives with their `.sha256`",
  "/var/lib/honeypot": "state of sensorbake's programs",
  "/var/lib/honeypot/dumps": "captures",
  "/var/lib/honeypot/state": "result and notes of each task's last run; ledgers",
  "/var/log/honeypot": "logs of sensorbake's programs, and the collected logs in subdirectories",
  "/var/log/honeypot/cowrie": "collected logs, terminal sessions and downloads of cowrie",
  "/var/log/honeypot/firewall": "collected firewall logs",
  "/var/log/honeypot/webhoneypot": "collected logs of the web honeypot",
};

const contents: readonly (readonly [path: string, content: string])[] = [
  ["/etc/default/honeypot", 'all settings that programs read, as `NAME="value"`'],
  ["/etc/honeypot/build.json", "version of sensorbake, target, and digest of the settings"],
  ["/etc/honeypot/manifest", "checksum of each file"],
  ["/etc/honeypot/authorized_keys", "the admin's public keys"],
  ["/etc/honeypot/known_hosts", "host keys of the backup server"],
  ["/etc/honeypot/backup_recipients", "age recipients of `tar.zst` archives"],
  ["/etc/cron.d/honeypot", "schedules of backups, transfers and analyses"],
  ["/etc/ssh/sshd_config.d/10-honeypot.conf", "sshd: admin port, keys only"],
  ["/etc/logrotate.d/honeypot", "rotation of sensorbake's own logs"],
  ["/etc/filebeat/filebeat.yml", "Filebeat, with `siem`"],
  ["/var/log/honeypot_setup.log", "output of the first boot"],
  ["/var/log/honeypot_dshield.log", "output of DShield's installer; contains the API key"],
];

// A program describes its parts, which have no row of their own.
function purposeOf(path: string, text: string): string {
  if (path.startsWith("/etc/systemd/system/"))
    return /^Description=(.*)$/m.exec(text)?.[1] ?? /^# (.*)$/m.exec(text)?.[1] ?? "";
  if (/^\/(opt|root|usr\/local\/bin)\//.test(path)) return firstComment(text);
  return "";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/<([A-Z]+)>/g, "$1");
}
