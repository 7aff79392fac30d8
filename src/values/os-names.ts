/** Operating systems that a sensor can run on. */
export const osNames = [
  "debian-12",
  "debian-13",
  "ubuntu-24.04",
  "ubuntu-26.04",
  "raspios-12",
  "raspios-13",
] as const;

export type OsName = (typeof osNames)[number];
