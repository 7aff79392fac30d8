import { usualEgress } from "../plan/usual-egress.ts";
import { builtIn } from "../settings/defaults.ts";
import { merge } from "../settings/merge.ts";
import { valueAt } from "../settings/value-at.ts";
import { type Answers, defaultAnswers, type SensorAnswers, type TransferAnswers } from "./answers.ts";
import { none } from "./question.ts";
import { toolNames } from "./questions/analysis.ts";
import { usualMailPort } from "./questions/notify.ts";
import { newServer } from "./questions/transfer.ts";

/** The form of a setting that an answer can express. */
type Form = "word" | "yes-no" | "list" | "file" | "any";

/** The settings that each question is about, below an entry of `sensors` or `defaults`. */
export const settingsOf: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  sensor: { name: "word" },
  target: { target: "word" },
  os: { os: "word" },
  region: { "ec2.region": "word" },
  address: { address: "word" },
  wifi: { "network.wifi.ssid": "word" },
  country: { "network.wifi.country": "word" },
  dshield: { "dshield.install": "yes-no" },
  "dshield-email": { "dshield.email": "word" },
  "dshield-user-id": { "dshield.user_id": "word" },
  timezone: { timezone: "word" },
  user: { "admin.user": "word" },
  "ssh-port": { "admin.ssh_port": "word" },
  "ssh-keys": { "admin.ssh_keys": "list" },
  "allow-from": { "admin.allow_from": "list" },
  "restrict-egress": { "security.egress": "word" },
  "transfer-host": { "transfer.host": "word", "transfer.port": "word" },
  "transfer-user": { "transfer.user": "word" },
  "transfer-path": { "transfer.path": "word" },
  "host-key": { "transfer.host_key": "word" },
  "transfer-key": { "transfer.private_key": "file", "transfer.generate_key": "yes-no" },
  tools: { tools: "any" },
  "maxmind-account": { "tools.json_log_country.geolite2.account_id": "word" },
  siem: { "siem.logstash": "word" },
  "siem-ca": { "siem.ca": "file", "siem.plaintext": "yes-no" },
  heartbeat: { "notify.heartbeat": "any" },
  webhook: { "notify.webhook.format": "word" },
  "mail-host": { "notify.mail.host": "word", "notify.mail.port": "word" },
  "mail-to": { "notify.mail.to": "list" },
  "mail-from": { "notify.mail.from": "word" },
  "mail-user": { "notify.mail.user": "word" },
};

/** Each entry of `sensors`; an entry that is not a map of settings becomes an empty one. */
export function entriesIn(settings: unknown): readonly unknown[] {
  const sensors = valueAt(settings, ["sensors"]);
  return Array.isArray(sensors) ? sensors.map((entry) => (isMap(entry) ? entry : {})) : [];
}

/**
 * The answers that a settings file gives, for one entry of `sensors` and what it inherits; `undefined`: for a sensor
 * without an entry. Settings whose form no answer expresses are as if they were missing.
 */
export function answersIn(settings: unknown, entry: number | undefined): Answers {
  const entries = entriesIn(settings);
  const own = settingsFor(settings, entry === undefined ? undefined : entries[entry]);
  const read = (option: string, at = 0) => settingOf(own, option, at);
  const { admin } = builtIn;
  return {
    sensors: entries.map((each) => sensorIn(settingsFor(settings, each))),
    dshield:
      read("dshield") === true
        ? { email: word(read("dshield-email")), userId: wordOrNumber(read("dshield-user-id")) }
        : undefined,
    timezone: word(read("timezone")) ?? builtIn.timezone,
    user: word(read("user")) ?? admin.user,
    sshPort: wordOrNumber(read("ssh-port")) ?? admin.ssh_port,
    sshKeys: words(read("ssh-keys")),
    allowFrom: read("allow-from") === "anywhere" ? "anywhere" : words(read("allow-from")),
    egress: egressIn(own, read("restrict-egress")),
    transfer: isMap(valueAt(own, ["transfer"])) ? transferIn(read) : undefined,
    tools: toolNames.filter((name) => valueAt(own, ["tools", name]) !== undefined),
    maxmindAccount: wordOrNumber(read("maxmind-account")),
    siem: isMap(valueAt(own, ["siem"]))
      ? {
          logstash: word(read("siem")) ?? "",
          ca: read("siem-ca", 1) === true ? "plaintext" : fileIn(read("siem-ca")),
        }
      : undefined,
    notify: {
      heartbeat: isMap(read("heartbeat")),
      webhook: isMap(valueAt(own, ["notify", "webhook"])) ? (word(read("webhook")) ?? "json") : undefined,
      mail: isMap(valueAt(own, ["notify", "mail"]))
        ? {
            host: word(read("mail-host")) ?? "",
            port: wordOrNumber(read("mail-host", 1)) ?? usualMailPort,
            to: words(read("mail-to")),
            from: word(read("mail-from")),
            user: word(read("mail-user")) ?? none,
          }
        : undefined,
    },
  };
}

function sensorIn(own: unknown): SensorAnswers {
  const read = (option: string) => word(settingOf(own, option));
  const [usual] = defaultAnswers([]).sensors;
  const target = read("target") ?? "";
  const ssid = read("wifi");
  return {
    name: read("sensor") ?? "",
    target,
    os: read("os") ?? builtIn.os,
    region: read("region") ?? (target === "ec2" ? undefined : usual?.region),
    wifi: ssid === undefined ? undefined : { ssid, country: read("country") },
    address: read("address"),
  };
}

/** Whether a setting of a question has a form that no answer expresses: another type, or a list that is appended. */
export function isInexpressible(settings: unknown, entry: number | undefined, option: string): boolean {
  const own = settingsFor(settings, entry === undefined ? undefined : entriesIn(settings)[entry]);
  return Object.entries(settingsOf[option] ?? {}).some(([setting, form]) => {
    const path = setting.split(".");
    const groups = path.map((_, length) => valueAt(own, path.slice(0, length)));
    const value = valueAt(own, path);
    if (groups.some((group) => !isNothing(group) && !isMap(group))) return true;
    return (
      !(isNothing(value) || has(form, value)) || valueAt(own, path.with(-1, `${path.at(-1)}+`)) !== undefined
    );
  });
}

function settingsFor(settings: unknown, entry: unknown): unknown {
  const defaults = valueAt(settings, ["defaults"]);
  return merge(isMap(defaults) ? defaults : {}, entry);
}

function settingOf(own: unknown, option: string, at = 0): unknown {
  const setting = Object.keys(settingsOf[option] ?? {})[at] ?? "";
  return valueAt(own, setting.split("."));
}

function transferIn(read: (option: string, at?: number) => unknown): TransferAnswers {
  return {
    host: word(read("transfer-host")) ?? "",
    port: wordOrNumber(read("transfer-host", 1)) ?? newServer.port,
    user: word(read("transfer-user")),
    path: word(read("transfer-path")),
    hostKey: word(read("host-key")),
    privateKey: read("transfer-key", 1) === true ? "sensor" : fileIn(read("transfer-key")),
  };
}

function egressIn(own: unknown, written: unknown): Answers["egress"] {
  if (written === "open" || written === "restricted") return written;
  return usualEgress(word(settingOf(own, "target")) ?? "");
}

function has(form: Form, value: unknown): boolean {
  if (form === "any") return true;
  if (form === "yes-no") return typeof value === "boolean";
  if (form === "file") return fileIn(value) !== undefined;
  return isWord(value) || (form === "list" && Array.isArray(value) && value.every(isWord));
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

// Text of several lines fits into no field.
function isWord(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && !/\p{Cc}/u.test(value));
}

function word(value: unknown): string | undefined {
  return isWord(value) ? String(value) : undefined;
}

function wordOrNumber(value: unknown): string | number | undefined {
  return typeof value === "number" ? value : word(value);
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one) => word(one) ?? []) : [];
}

function fileIn(value: unknown): string | undefined {
  const file = valueAt(value, ["file"]);
  return typeof file === "string" ? file : undefined;
}
