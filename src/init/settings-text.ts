import { stringify } from "yaml";
import { builtIn } from "../settings/defaults.ts";
import type { Answers } from "./answers.ts";

/**
 * The settings file of these answers, with a comment for each thing that a newcomer may want to change. What a sensor
 * does anyway stands there as comments, with the values that the program has.
 */
export function settingsText(answers: Answers): string {
  const { name, target, os, timezone, user, sshPort, sshKeys, allowFrom, egress, region, wifi, dshield } =
    answers;
  return `# Settings of sensorbake: \`check\` finds what is wrong in them, \`explain\` says what the sensors will do,
# \`build\` makes their files, and \`schema\` prints every setting, for an editor.
version: 1

# What every sensor starts from; an entry of \`sensors\` is laid over it.
defaults:
  os: ${scalar(os)}
  # Of the sensor's clock, its timetable and its file names.
  timezone: ${scalar(timezone)}

  # The one account for people: keys only, on a port of its own. Port 22 belongs to the honeypot.
  admin:
    user: ${scalar(user)}
    ssh_port: ${scalar(sshPort)}
    ssh_keys:
${sshKeys.map((key) => `      - ${scalar(key)}\n`).join("")}    # Who may reach that port: networks like [198.51.100.0/24], or the word anywhere.
    allow_from: ${allowFrom === "anywhere" ? allowFrom : flow(allowFrom)}

${dshieldText(dshield)}
  # What the honeypot's users reach: restricted is the web, names and time outside of your network; open is everything.
  security:
    egress: ${egress}

  # What follows a sensor does anyway: take the # away from a line, and from the one it belongs to, to change it.

${asComments(capture)}

${asComments(backup)}

${asComments(disk)}

  # Archives can go to a server of yours, by SFTP: that is \`transfer\`, with host, user, path and host_key, which
  # \`sensorbake known-host HOST\` prints.

# A sensor's name is its host name. Whatever stands under \`defaults\` may stand here too, for one sensor alone.
sensors:
  - name: ${scalar(name)}
    target: ${scalar(target)}
${target === "ec2" ? `    ec2:\n      region: ${scalar(region)}\n` : ""}${wifi === undefined ? "" : wifiText(wifi)}`;
}

const { keep_days, rotate, exclude_ports } = builtIn.capture;
const capture = `capture: # of packets; the admin port is never captured
  exclude_ports: ${flow(exclude_ports)} # ports of yours that nobody needs to look at
  rotate: ${flow(rotate)} # a new file so often
  keep_days: ${keep_days} # fewer when the disk fills up
logs:
  keep_days: ${builtIn.logs.keep_days} # of the honeypot's logs, collected before it deletes them`;

const backup = `backup:
  schedule: ${JSON.stringify(builtIn.backup.schedule)} # minute, hour, day, month, day of the week
  sets: ${flow(builtIn.backup.sets)}
  format: ${builtIn.backup.format} # or 7z; tar.zst with encrypt_to keeps secrets, zip keeps none
  password: ${builtIn.backup.password} # keeps malware from being run by accident
  keep_days: ${builtIn.backup.keep_days}`;

const disk = `disk:
  max_used_percent: ${builtIn.disk.max_used_percent} # then the oldest captures go
  size_gigabytes: 40 # what the disk has: then \`check\` says whether all that fits
  capture_megabytes_per_day: ${builtIn.disk.capture_megabytes_per_day} # an estimate`;

function asComments(text: string): string {
  return text
    .split("\n")
    .map((line) => `  # ${line}`)
    .join("\n");
}

function dshieldText(dshield: Answers["dshield"]): string {
  if (dshield === undefined)
    return `  # The honeypot itself is there already, or comes later. With true the first boot installs it, and needs email,
  # user_id and api_key of your account (https://isc.sans.edu/myaccount.html).
  dshield:
    install: false
`;
  return `  # The honeypot, installed by the first boot. https://isc.sans.edu/myaccount.html shows these three of your account.
  dshield:
    install: true
    email: ${scalar(dshield.email)}
    user_id: ${scalar(dshield.userId)}
    # Never the key itself: \`build\` takes it from the environment, export DSHIELD_API_KEY='...'.
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
        # Never the passphrase itself: \`build\` and \`image\` take it from the environment, export WIFI_PSK='...'.
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
