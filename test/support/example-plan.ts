import type { Plan } from "../../src/plan/plan.ts";

/** A decided sensor for tests that are about what comes after the settings. */
export const examplePlan: Plan = {
  name: "sensor-1",
  target: "nocloud",
  os: "debian-13",
  timezone: "Etc/UTC",
  programsUrl: undefined,
  admin: {
    user: "analyst",
    sshPort: 12222,
    sshKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy example"],
    allowFrom: ["198.51.100.0/24"],
  },
  rescue: undefined,
  dshield: undefined,
  upkeep: undefined,
  capture: {
    interface: "auto",
    excludePorts: [],
    excludeHosts: [],
    filter: "",
    snapLength: 65535,
    rotateHours: 24,
    rotateMegabytes: 512,
    keepDays: 14,
  },
  logs: { keepDays: 30 },
  backup: {
    schedule: "0 3 * * *",
    sets: ["home", "logs", "srv", "dshield_logs", "crontabs", "dumps"],
    format: "zip",
    password: { kind: "literal", value: "infected" },
    encryptTo: [],
    keepDays: 14,
  },
  transfer: undefined,
  disk: { maxUsedPercent: 85, sizeGigabytes: undefined, captureMegabytesPerDay: 300 },
  network: undefined,
  wifi: undefined,
  piBoot: undefined,
  ec2: undefined,
};
