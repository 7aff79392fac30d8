import type { Forecast } from "../plan/forecast.ts";

/** What one sensor will do, as data; the renderers only lay it out. Holds no secret's value. */
export type Explanation = {
  readonly sensor: string;
  readonly target: string;
  readonly os: string;
  readonly choices: readonly Choice[];
  /** In the order in which the first boot takes them. */
  readonly steps: readonly Step[];
  /** systemd units that stay. */
  readonly services: readonly Service[];
  readonly ports: readonly Port[];
  readonly outgoing: readonly Outgoing[];
  readonly timetable: Timetable;
  readonly disk: Disk;
  readonly secrets: readonly SecretPlaces[];
  readonly size: Size;
  /** Names of Debian packages. */
  readonly packages: readonly string[];
};

export type Choice = { readonly about: string; readonly is: string };
export type Step = { readonly name: string; readonly does: string };
export type Service = { readonly unit: string; readonly does: string };

/** What reaches the sensor: `to` is a port or several in words. */
export type Port = { readonly to: string; readonly from: readonly string[]; readonly serves: string };

/** What the sensor connects to by itself. */
export type Outgoing = { readonly to: string; readonly port: string; readonly why: string };

export type Timetable = {
  readonly timezone: string;
  /** E.g. `UTC+01:00, in July UTC+02:00`. */
  readonly offset: string;
  readonly jobs: readonly Job[];
};

export type Job = {
  /** As cron has it: five fields, or `@reboot`; empty where others decide it. */
  readonly schedule: string;
  /** The schedule in words. */
  readonly when: string;
  readonly command: string;
  readonly does: string;
  /** How often in each of the 24 hours of a day on which it runs; empty when it runs at a start, or nobody knows. */
  readonly runsByHour: readonly number[];
  readonly isDaily: boolean;
};

export type Disk = Forecast & {
  readonly sizeGigabytes: number | undefined;
  readonly maxUsedPercent: number;
  readonly captureMegabytesPerDay: number;
  readonly captureDays: number;
};

export type SecretPlaces = {
  /** The setting. */
  readonly setting: string;
  /** Where its value is read, in words. */
  readonly from: string;
  readonly places: readonly Place[];
};

/** A file that holds the secret, or what is made of it. */
export type Place = {
  readonly where: "sensor" | "build";
  readonly path: string;
  readonly mode: string;
};

export type Size = {
  /** How the user-data is packed; `too large`: no form fits. */
  readonly form: string;
  readonly bytes: number;
  /** `undefined`: no limit. */
  readonly limitBytes: number | undefined;
  /** Programs that the user-data cannot hold and the sensor fetches; `undefined`: none. */
  readonly fetchedBytes: number | undefined;
  /** Programs and secrets that `sensorbake apply` sends over SSH; `undefined`: the user-data holds them. */
  readonly sentBytes: number | undefined;
  /** How the bytes are shared out, largest first; they add up. */
  readonly features: readonly { readonly feature: string; readonly bytes: number }[];
};
