import * as z from "zod/mini";
import { complainOfFolderUrl } from "../values/folder-url.ts";
import { complainOfSensorName } from "../values/names.ts";
import { osNames } from "../values/os-names.ts";
import { targetNames } from "../values/target-names.ts";
import { complainOfTimeZone } from "../values/time-zone.ts";
import { adminGrammar } from "./grammar/admin.ts";
import { backupGrammar } from "./grammar/backup.ts";
import { captureGrammar } from "./grammar/capture.ts";
import { dshieldGrammar } from "./grammar/dshield.ts";
import { ec2Grammar } from "./grammar/ec2.ts";
import { networkGrammar } from "./grammar/network.ts";
import { piGrammar } from "./grammar/pi.ts";
import { securityGrammar } from "./grammar/security.ts";
import { siemGrammar } from "./grammar/siem.ts";
import { toolsGrammar } from "./grammar/tools.ts";
import { complainOfServer, transferGrammar } from "./grammar/transfer.ts";
import { choice, forms, group, leafFacts, list, text, wholeNumber } from "./leaf.ts";

/** The whole settings file as it is written: everything that `defaults` can complete may be left out. */
export type WrittenSettings = z.infer<ReturnType<typeof buildGrammar>>;

/** One map of sensor settings, as `defaults` has it. */
export type WrittenDefaults = NonNullable<WrittenSettings["defaults"]>;

/** One entry of `sensors`. */
export type WrittenSensor = WrittenSettings["sensors"][number];

let built: ReturnType<typeof buildGrammar> | undefined;

/** The grammar of the settings file, built when it is first asked for: `--help` and `--version` need none. */
export function settingsGrammar(): ReturnType<typeof buildGrammar> {
  built ??= buildGrammar();
  return built;
}

function buildGrammar() {
  const defaults = group(
    "What every sensor starts from; maps merge, lists and scalars are replaced.",
    sensorShape(),
  );
  const name = text(
    {
      takes: "a host name",
      description: "The sensor's name and host name.",
      examples: ["fra-vps"],
      schema: { pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" },
    },
    complainOfSensorName,
  );
  const sensor = z.strictObject({ name, ...defaults.shape });
  leafFacts.add(sensor, {
    takes: "a map of settings",
    description: "One sensor: its name, its target, and what differs from `defaults`.",
  });
  const version = forms<1>(
    { takes: "the number 1", description: "Version of this grammar.", schema: { const: 1 } },
    (value) =>
      value === 1
        ? []
        : [{ message: "this sensorbake reads version 1 of the settings", hint: "write version: 1" }],
  );
  const grammar = z.strictObject({
    version,
    defaults: z.optional(defaults),
    sensors: list({ takes: "a list of sensors", description: "The sensors." }, sensor),
  });
  leafFacts.add(grammar, {
    takes: "a map with version, defaults and sensors",
    description: "Settings of sensorbake.",
  });
  return grammar;
}

function sensorShape() {
  return {
    target: choice(
      { description: "Where the first boot finds its seed; decides size limit, encoding and default login." },
      targetNames,
    ),
    os: choice({ description: "Operating system of the sensor's image." }, osNames),
    timezone: text(
      {
        takes: "a time zone",
        description: "Time zone of the sensor: of its clock, its timetable and its file names.",
        examples: ["Etc/UTC", "Europe/Berlin"],
      },
      complainOfTimeZone,
    ),
    address: text(
      {
        takes: "a host name or an address",
        description:
          "Where your SSH client finds the sensor, for `apply`. On EC2 it is read from the instance when absent.",
        examples: ["192.0.2.44"],
      },
      complainOfServer,
    ),
    delivery: choice(
      {
        description:
          "How programs and secrets reach the sensor. `user-data`: in the user-data. `ssh`: the user-data only opens the admin's way in, the sensor waits, and `sensorbake apply` sends the rest; the user-data holds no secret. `auto`: in the user-data where they fit, else from `programs_url`, else over SSH.",
      },
      ["auto", "ssh", "user-data"],
    ),
    programs_url: text(
      {
        takes: "a URL",
        description:
          "Folder on a web server of yours for `programs-<digest>.tar.gz`, which `build` makes when the user-data cannot hold the sensor's programs. The sensor fetches it at its first boot and refuses another content; there is no secret in it.",
        examples: ["https://files.example.org/sensors"],
      },
      complainOfFolderUrl,
    ),
    admin: adminGrammar(),
    dshield: dshieldGrammar(),
    capture: captureGrammar(),
    logs: group("Collected logs.", {
      keep_days: wholeNumber(
        { description: "Days that collected logs are kept, if the disk allows." },
        1,
        3650,
      ),
    }),
    backup: backupGrammar(),
    transfer: transferGrammar(),
    disk: group("The sensor's disk.", {
      max_used_percent: wholeNumber(
        { description: "When more is used, the oldest captures and then transferred archives go first." },
        50,
        95,
        "per cent",
      ),
      size_gigabytes: wholeNumber(
        { description: "Size of the disk in gigabytes (10^9 bytes); makes the forecast possible." },
        4,
        100_000,
      ),
      capture_megabytes_per_day: wholeNumber(
        {
          description:
            "How much is captured in a day, in megabytes: the basis of the forecast. 200 is our estimate; `honeypot-status` shows the truth.",
        },
        1,
        1_000_000,
      ),
    }),
    network: networkGrammar(),
    tools: toolsGrammar(),
    siem: siemGrammar(),
    security: securityGrammar(),
    pi: piGrammar(),
    ec2: ec2Grammar(),
  };
}
