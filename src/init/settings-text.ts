import { stringify } from "yaml";
import { builtIn } from "../settings/defaults.ts";
import { type Answers, heartbeatVariable, passphraseVariable, type SensorAnswers } from "./answers.ts";
import { none } from "./question.ts";

/**
 * Writes the settings file for these answers, with a comment for each setting that a newcomer may want to change.
 * Defaults are included as commented lines.
 */
export function settingsText(answers: Answers): string {
  const { sensors, timezone, user, sshPort, sshKeys, allowFrom, egress, dshield } = answers;
  const os = sensors[0]?.os ?? builtIn.os;
  return `${modeline}
# Settings of sensorbake: \`check\` reports problems, \`explain\` shows what the sensors will do, \`build\` writes
# their files. Editors show the settings with the schema in the first line.
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

${asComments(captureText())}

${asComments(backupText())}

${asComments(diskText())}

${transferText(answers.transfer)}${toolsText(answers)}${siemText(answers.siem)}${notifyText(answers.notify)}
# A sensor's name is its host name. An entry may contain any setting of \`defaults\`, for this sensor only.
sensors:
${sensors.map((sensor) => sensorText(sensor, os, passphraseVariable(answers, sensor))).join("")}`;
}

/** The file beside the settings file from which editors know the settings. */
export const schemaFile = "sensorbake.schema.json";

/** The first line of a settings file, for editors. */
export const modeline = `# yaml-language-server: $schema=${schemaFile}`;

function captureText(): string {
  const { keep_days, rotate, exclude_ports } = builtIn.capture;
  return `capture: # packets, except those of the admin port
  exclude_ports: ${flow(exclude_ports)} # further ports to exclude
  rotate: ${flow(rotate)} # start a new file after this
  keep_days: ${keep_days} # less if the disk fills up
logs:
  keep_days: ${builtIn.logs.keep_days} # for the collected honeypot logs`;
}

function backupText(): string {
  const { schedule, sets, format, password, keep_days } = builtIn.backup;
  return `backup:
  schedule: ${JSON.stringify(schedule)} # minute, hour, day, month, day of the week
  sets: ${flow(sets)}
  format: ${format} # or 7z; or tar.zst with encrypt_to, the only one that keeps secrets
  password: ${password} # prevents malware from being run by accident
  keep_days: ${keep_days}`;
}

function diskText(): string {
  const { max_used_percent, capture_megabytes_per_day } = builtIn.disk;
  return `disk:
  max_used_percent: ${max_used_percent} # above this, the oldest captures are deleted
  size_gigabytes: 40 # size of the disk, so that \`check\` can tell whether everything fits
  capture_megabytes_per_day: ${capture_megabytes_per_day} # an estimate`;
}

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
${line(4, "email", dshield.email)}${line(4, "user_id", dshield.userId)}    # Do not write the key here: \`build\` reads it from the environment, export DSHIELD_API_KEY='...'.
    api_key: {env: DSHIELD_API_KEY}
    telnet: ${builtIn.dshield.telnet}
    velociraptor: ${builtIn.dshield.velociraptor} # upstream's remote-administration agent
`;
}

function transferText(transfer: Answers["transfer"]): string {
  if (transfer === undefined)
    return `  # \`transfer\` sends archives to your own SFTP server. It needs host, user, path and host_key, which
  # \`sensorbake known-host HOST\` prints. Without it, \`sensorbake collect\` fetches them over SSH.
`;
  const { host, port, user, path, hostKey, privateKey } = transfer;
  const key =
    privateKey === undefined
      ? ""
      : privateKey === "sensor"
        ? "    # Each sensor generates its key at its first boot; honeypot-status prints the public key for the server.\n    generate_key: true\n"
        : `    private_key: {file: ${JSON.stringify(privateKey)}}\n`;
  return `  # Each night, the sensors send new archives to this SFTP server; \`sensorbake preflight\` tests it.
  transfer:
    host: ${scalar(host)}
    port: ${scalar(port)}
${line(4, "user", user)}${line(4, "path", path)}${line(4, "host_key", hostKey)}${key}`;
}

function toolsText({ tools, maxmindAccount }: Answers): string {
  if (tools.length === 0) return "";
  const options = (tool: string) =>
    tool === "json_log_country" && maxmindAccount !== undefined
      ? `
      geolite2:
        account_id: ${scalar(maxmindAccount)}
        license_key: {env: MAXMIND_LICENSE_KEY}`
      : " {}";
  return `
  # Analysis tools on the sensor; their reports are in /var/log/honeypot/reports and in the backups.
  tools:
${tools.map((tool) => `    ${scalar(tool)}:${options(tool)}\n`).join("")}`;
}

function siemText(siem: Answers["siem"]): string {
  if (siem === undefined) return "";
  return `
  # Filebeat ships the logs to this DShield-SIEM. It must be able to reach the admin port: add its address to allow_from.
  siem:
    logstash: ${scalar(siem.logstash)}
${
  siem.ca === undefined
    ? ""
    : `    ${siem.ca === "plaintext" ? "plaintext: true" : `ca: {file: ${JSON.stringify(siem.ca)}}`}
`
}`;
}

function notifyText({ heartbeat, webhook, mail }: Answers["notify"]): string {
  if (!heartbeat && webhook === undefined && mail === undefined)
    return `
  # \`notify\` tells people when a sensor becomes unhealthy, by heartbeat, webhook or mail (docs/notifications.md).
`;
  return `
  # A sensor that becomes unhealthy tells people. \`sensorbake preflight\` tests the servers, and on the sensor
  # \`sudo honeypot-status --test-notify\` sends a test message.
  notify:
${heartbeat ? heartbeatText : ""}${webhook === undefined ? "" : webhookText(webhook)}${mail === undefined ? "" : mailText(mail)}`;
}

const heartbeatText = `    # Its server raises the alarm when the requests stop, so each sensor has its own URL.
    heartbeat: {url: {env: "${heartbeatVariable}"}}
`;

function webhookText(format: string): string {
  return `    webhook:
      url: {env: WEBHOOK_URL}
      format: ${scalar(format)}
${format === "matrix" ? "      token: {env: WEBHOOK_TOKEN}\n" : ""}`;
}

function mailText({ host, port, to, from, user }: NonNullable<Answers["notify"]["mail"]>): string {
  return `    mail:
      host: ${scalar(host)}
      port: ${scalar(port)}
${line(6, "from", from)}${
  to.length === 0
    ? ""
    : `      to: ${flow(to)}
`
}${user === undefined || user === none ? "" : `      user: ${scalar(user)}\n      password: {env: MAIL_PASSWORD}\n`}`;
}

function sensorText(
  { name, target, os, region, wifi, address }: SensorAnswers,
  usualOs: string,
  passphrase: string,
): string {
  return `  - name: ${scalar(name)}
    target: ${scalar(target)}
${os === usualOs ? "" : `    os: ${scalar(os)}\n`}${address === undefined ? "" : `    address: ${scalar(address)}\n`}${
  target !== "ec2" || region === undefined ? "" : `    ec2:\n${line(6, "region", region)}`
}${wifi === undefined ? "" : wifiText(wifi, passphrase)}`;
}

function wifiText({ ssid, country }: NonNullable<SensorAnswers["wifi"]>, passphrase: string): string {
  return `    network:
      wifi:
        ssid: ${scalar(ssid)}
${line(8, "country", country)}        # Do not write the passphrase here: \`build\` and \`image\` read it from the environment, export ${passphrase}='...'.
        psk: {env: ${passphrase}}
`;
}

function line(indent: number, key: string, value: string | number | undefined): string {
  return value === undefined ? "" : `${" ".repeat(indent)}${key}: ${scalar(value)}\n`;
}

function scalar(value: string | number): string {
  // The library would write `---` at the beginning of a text as a block.
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

function flow(value: unknown): string {
  return stringify(value, {
    collectionStyle: "flow",
    flowCollectionPadding: false,
    lineWidth: 0,
    indentSeq: false,
  }).trimEnd();
}
