import type { Plan } from "../plan/plan.ts";
import { secretFacts } from "../plan/secrets.ts";
import type { OsName } from "../values/os-names.ts";
import { base64, gzip, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { compact } from "./compact.ts";
import { compile, type Release, sensorFiles } from "./compile.ts";
import type { PackedDelivery } from "./delivery.ts";
import { sha256 } from "./digest.ts";
import { type SettingName, variableNames } from "./environment.ts";
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

/**
 * The setting behind each variable of `/etc/default/honeypot` and each generated file, for the plan of `apply`, in
 * the order of that plan. A file whose content is never shown has the unit `secret`.
 */
export const settingNames: readonly SettingName[] = (
  [
    ...variableNames,
    ["/etc/honeypot/authorized_keys", "admin.ssh_keys"],
    ["/etc/cron.d/honeypot", "schedules"],
    ["/etc/honeypot/backup_recipients", "backup.encrypt_to"],
    ["/etc/honeypot/known_hosts", "transfer.host_key"],
    ...Object.entries(secretFacts).flatMap(([setting, facts]): readonly SettingName[] =>
      "file" in facts ? [[`/etc/honeypot/secrets/${facts.file}`, setting, "secret"]] : [],
    ),
  ] satisfies SettingName[]
).sort(([, a], [, b]) => (a < b ? -1 : 1));
