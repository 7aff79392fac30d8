import { stringify } from "yaml";
import { builtIn } from "../settings/defaults.ts";
import type { Answers } from "./answers.ts";

/**
 * Writes the settings file for these answers, with a comment for each setting that a newcomer may want to change.
 * Defaults are included as commented lines.
 */
export function settingsText(answers: Answers): string {
  const { name, target, os, timezone, user, sshPort, sshKeys, allowFrom, egress, region, wifi, dshield } =
    answers;
  return `# Settings of sensorbake: \`check\` reports problems, \`explain\` shows what the sensors will do, \`build\` writes
# their files, and \`schema\` prints a JSON Schema for editors.
version: 1

# Settings of all sensors; an entry of \`sensors\` overrides them.
defaults:
  os: ${scalar(os)}
  # Used for the sensor's clock, timetable and file names.
  timezone: ${scalar(timezone)}

  # The only login account: SSH keys only, on its own port. Port 22 belongs to the honeypot.
  admin:
    user: ${scalar(user)}
    ssh_port: ${scalar(sshPort)}
    ssh_keys:
${sshKeys.map((key) => `      - ${scalar(key)}\n`).join("")}    # Networks that can reach this port, like [198.51.100.0/24], or the word anywhere.
    allow_from: ${allowFrom === "anywhere" ? allowFrom : flow(allowFrom)}

${dshieldText(dshield)}
  # Outgoing traffic of the honeypot's users: restricted allows web, name and time servers outside your network.
  security:
    egress: ${egress}

  # Defaults: to change a value, remove the # from its line and from the line of its section.

${asComments(capture)}

${asComments(backup)}

${asComments(disk)}

  # \`transfer\` sends archives to your own SFTP server. It needs host, user, path and host_key, which
  # \`sensorbake known-host HOST\` prints. Without it, \`sensorbake collect\` fetches them over SSH.

# A sensor's name is its host name. An entry may contain any setting of \`defaults\`, for this sensor only.
sensors:
  - name: ${scalar(name)}
    target: ${scalar(target)}
${target === "ec2" ? `    ec2:\n      region: ${scalar(region)}\n` : ""}${wifi === undefined ? "" : wifiText(wifi)}`;
}

const { keep_days, rotate, exclude_ports } = builtIn.capture;
const capture = `capture: # packets, except those of the admin port
  exclude_ports: ${flow(exclude_ports)} # further ports to exclude
  rotate: ${flow(rotate)} # start a new file after this
  keep_days: ${keep_days} # less if the disk fills up
logs:
  keep_days: ${builtIn.logs.keep_days} # for the collected honeypot logs`;

const backup = `backup:
  schedule: ${JSON.stringify(builtIn.backup.schedule)} # minute, hour, day, month, day of the week
  sets: ${flow(builtIn.backup.sets)}
  format: ${builtIn.backup.format} # or 7z; or tar.zst with encrypt_to, the only one that keeps secrets
  password: ${builtIn.backup.password} # prevents malware from being run by accident
  keep_days: ${builtIn.backup.keep_days}`;

const disk = `disk:
  max_used_percent: ${builtIn.disk.max_used_percent} # above this, the oldest captures are deleted
  size_gigabytes: 40 # size of the disk, so that \`check\` can tell whether everything fits
  capture_megabytes_per_day: ${builtIn.disk.capture_megabytes_per_day} # an estimate`;

function asComments(text: string): string {
  return text
    .split("\n")
    .map((line) => `  # ${line}`)
    .join("\n");
}

function dshieldText(dshield: Answers["dshield"]): string {
  if (dshield === undefined)
    return `  # DShield is already installed or will be installed later. With true the first boot installs it and needs email,
  # user_id and api_key of your account (https://isc.sans.edu/myaccount.html).
  dshield:
    install: false
`;
  return `  # The first boot installs DShield. https://isc.sans.edu/myaccount.html shows the values of your account.
  dshield:
    install: true
    email: ${scalar(dshield.email)}
    user_id: ${scalar(dshield.userId)}
    # Do not write the key here: \`build\` reads it from the environment, export DSHIELD_API_KEY='...'.
    api_key: {env: DSHIELD_API_KEY}
    telnet: ${builtIn.dshield.telnet}
    velociraptor: ${builtIn.dshield.velociraptor} # upstream's remote-administration agent
`;
}

function wifiText({ ssid, country }: NonNullable<Answers["wifi"]>): string {
  return `    network:
      wifi:
        ssid: ${scalar(ssid)}
        country: ${scalar(country)}
        # Do not write the passphrase here: \`build\` and \`image\` read it from the environment, export WIFI_PSK='...'.
        psk: {env: WIFI_PSK}
`;
}

function scalar(value: string | number): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function flow(value: unknown): string {
  return stringify(value, {
    collectionStyle: "flow",
    flowCollectionPadding: false,
    lineWidth: 0,
    indentSeq: false,
  }).trimEnd();
}
