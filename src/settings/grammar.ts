import * as z from "zod/mini";
import { complainOfServer } from "../values/endpoint.ts";
import { complainOfFileName } from "../values/file-name.ts";
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
import { machineGrammar } from "./grammar/machine.ts";
import { metricsGrammar } from "./grammar/metrics.ts";
import { networkGrammar } from "./grammar/network.ts";
import { notifyGrammar } from "./grammar/notify.ts";
import { piGrammar } from "./grammar/pi.ts";
import { securityGrammar } from "./grammar/security.ts";
import { siemGrammar } from "./grammar/siem.ts";
import { toolsGrammar } from "./grammar/tools.ts";
import { transferGrammar } from "./grammar/transfer.ts";
import { choice, forms, group, leafFacts, list, text, wholeNumber } from "./leaf.ts";
import { withName } from "./sensor-names.ts";

/** The whole settings file as written: settings with a default are optional. */
export type WrittenSettings = z.infer<ReturnType<typeof buildGrammar>>;

/** A map of sensor settings, as in `defaults`. */
export type WrittenDefaults = NonNullable<WrittenSettings["defaults"]>;

/** One entry of `sensors`. */
export type WrittenSensor = WrittenSettings["sensors"][number];

let built: ReturnType<typeof buildGrammar> | undefined;

/** The grammar of the settings file, built on first use, because `--help` and `--version` do not need it. */
export function settingsGrammar(): ReturnType<typeof buildGrammar> {
  built ??= buildGrammar();
  return built;
}

function buildGrammar() {
  const defaults = group(
    "Settings of all sensors. An entry of `sensors` overrides them: maps are merged, lists and scalars are replaced, and a list whose key ends with + is appended.",
    sensorShape(),
  );
  const name = text(
    {
      takes: "a host name",
      description:
        "The sensor's name and host name. A range of numbers, as in `pi-[01-30]`, stands for that many sensors with the same settings.",
      examples: ["fra-vps"],
      schema: {
        pattern: "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|[a-z0-9-]*\\[[0-9]{1,9}-[0-9]{1,9}\\][a-z0-9-]*)$",
      },
    },
    complainOfSensorName,
  );
  const sensor = z.strictObject({ name, ...defaults.shape });
  leafFacts.add(sensor, {
    takes: "a map of settings",
    description: "One sensor: its name, its target, and its differences from `defaults`.",
  });
  const version = forms<1>(
    { takes: "the number 1", description: "Version of this grammar.", schema: { const: 1 } },
    (value) =>
      value === 1
        ? []
        : [
            {
              message: "this sensorbake supports only version 1 of the settings",
              hint: "write version: 1",
              fix: "1",
            },
          ],
  );
  const grammar = z.strictObject({
    version,
    defaults: z.optional(defaults),
    sensors_from: z.optional(
      text(
        {
          takes: "the name of a CSV file",
          description:
            "CSV file with one sensor for each row, relative to the settings file. The first row has the names of settings: `name`, `admin.ssh_keys`. An empty cell inherits the setting.",
          examples: ["students.csv"],
        },
        complainOfFileName,
      ),
    ),
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
      {
        description:
          "Where the sensor runs. The target decides how the machine gets its seed, and the limit and encoding of the user-data.",
      },
      targetNames,
    ),
    os: choice({ description: "Operating system of the sensor's image." }, osNames),
    timezone: text(
      {
        takes: "a time zone",
        description: "Time zone of the sensor's clock, timetable and file names.",
        examples: ["Etc/UTC", "Europe/Berlin"],
      },
      complainOfTimeZone,
    ),
    address: text(
      {
        takes: "a host name or an address",
        description:
          "Host name or address that `apply`, `status` and `collect` connect to over SSH; {sensor} is replaced with the sensor's name. On EC2 the default is the instance's address.",
        examples: ["192.0.2.44"],
      },
      (value) => complainOfServer(withName(value, "sensor")),
    ),
    delivery: choice(
      {
        description:
          "How programs and secrets reach the sensor. `user-data`: in the user-data. `ssh`: the user-data contains no secret and only opens the admin access; the sensor waits until `sensorbake apply` sends the rest. `auto`: in the user-data if they fit, else from `programs_url`, else over SSH.",
      },
      ["auto", "ssh", "user-data"],
    ),
    programs_url: text(
      {
        takes: "a URL",
        description:
          "Folder on your web server. If the sensor's programs do not fit into the user-data, `build` writes `programs-<digest>.tar.gz` for you to upload there. The sensor downloads it at its first boot and verifies its checksum; it contains no secret.",
        examples: ["https://files.example.org/sensors"],
      },
      complainOfFolderUrl,
    ),
    admin: adminGrammar(),
    dshield: dshieldGrammar(),
    capture: captureGrammar(),
    logs: group("Collected logs.", {
      keep_days: wholeNumber({ description: "Days to keep collected logs, if the disk has space." }, 1, 3650),
    }),
    backup: backupGrammar(),
    transfer: transferGrammar(),
    disk: group("The sensor's disk.", {
      max_used_percent: wholeNumber(
        {
          description:
            "Disk use above which retention deletes files, beginning with the oldest captures and then transferred archives.",
        },
        50,
        95,
        "per cent",
      ),
      size_gigabytes: wholeNumber(
        { description: "Size of the disk in gigabytes (10^9 bytes), for the forecast." },
        4,
        100_000,
      ),
      capture_megabytes_per_day: wholeNumber(
        {
          description:
            "Estimated size of a day's captures in megabytes, for the forecast. `honeypot-status` shows the real value.",
        },
        1,
        1_000_000,
      ),
    }),
    network: networkGrammar(),
    tools: toolsGrammar(),
    siem: siemGrammar(),
    notify: notifyGrammar(),
    metrics: metricsGrammar(),
    security: securityGrammar(),
    pi: piGrammar(),
    ec2: ec2Grammar(),
    machine: machineGrammar(),
  };
}
