import type { Forecast } from "../plan/forecast.ts";

/** An explanation of one sensor as data; the renderers only format it. Contains no secret's value. */
export type Explanation = {
  readonly sensor: string;
  readonly target: string;
  readonly os: string;
  readonly choices: readonly Choice[];
  /** In the order of the first boot. */
  readonly steps: readonly Step[];
  /** systemd units on the sensor. */
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
export type Step = {
  readonly name: string;
  readonly does: string;
  /** How long it took in an emulated machine; `undefined`: not measured. */
  readonly measuredSeconds: number | undefined;
};
export type Service = { readonly unit: string; readonly does: string };

/** Incoming connections: `to` is one or several ports in words. */
export type Port = { readonly to: string; readonly from: readonly string[]; readonly serves: string };

/** Connections that the sensor itself makes. */
export type Outgoing = { readonly to: string; readonly port: string; readonly why: string };

export type Timetable = {
  readonly timezone: string;
  /** E.g. `UTC+01:00, in July UTC+02:00`. */
  readonly offset: string;
  readonly jobs: readonly Job[];
};

export type Job = {
  /** As in the crontab: five fields, or `@reboot`; empty if upstream decides it. */
  readonly schedule: string;
  /** The schedule in words. */
  readonly when: string;
  readonly command: string;
  readonly does: string;
  /** Number of runs in each of the 24 hours of a day on which it runs; empty for `@reboot` or if unknown. */
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
  /** Where its value comes from, in words. */
  readonly from: string;
  readonly places: readonly Place[];
};

/** A file that contains the secret or data derived from it. */
export type Place = {
  readonly where: "sensor" | "build";
  readonly path: string;
  readonly mode: string;
};

export type Size = {
  /** The form of the user-data; `too large`: no form fits. */
  readonly form: string;
  readonly bytes: number;
  /** `undefined`: no limit. */
  readonly limitBytes: number | undefined;
  /** Size of the programs that the sensor downloads; `undefined`: none. */
  readonly fetchedBytes: number | undefined;
  /** Estimated size of the programs and secrets that `sensorbake apply` sends over SSH; `undefined`: none. */
  readonly sentBytes: number | undefined;
  /** Each feature's share of the bytes, largest first. */
  readonly features: readonly { readonly feature: string; readonly bytes: number }[];
};
