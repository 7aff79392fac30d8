import type { WrittenDefaults } from "./grammar.ts";
import { reviewedRefs } from "./reviewed-refs.ts";

/**
 * The built-in default of each setting. The merge begins with these values; the JSON Schema and the reference print
 * them.
 */
export const builtIn = {
  os: "debian-13",
  timezone: "Etc/UTC",
  admin: { user: "analyst", ssh_port: 12222, ssh_keys: [], allow_from: [] },
  dshield: {
    install: false,
    repository: "https://github.com/DShield-ISC/dshield",
    ref: reviewedRefs["dshield.ref"][0],
    check_api_key: true,
    certificate: {
      country: "US",
      state: "Texas",
      city: "Austin",
      company: "Internet Services",
      department: "IT",
    },
    telnet: true,
    velociraptor: false,
    daily_reboot: "keep",
    updates: "manual",
  },
  capture: {
    interface: "auto",
    exclude_ports: [],
    exclude_hosts: [],
    snap_length: 65_535,
    rotate: { hours: 24, megabytes: 512 },
    keep_days: 14,
  },
  logs: { keep_days: 30 },
  backup: {
    schedule: "0 3 * * *",
    sets: ["home", "logs", "srv", "dshield_logs", "crontabs", "dumps"],
    format: "zip",
    password: "infected",
    encrypt_to: [],
    keep_days: 14,
  },
  disk: { max_used_percent: 85, capture_megabytes_per_day: 200 },
  tools: { memory_megabytes: 512, time_limit_minutes: 60, keep_days: 90 },
  security: {},
  pi: { boot: "auto" },
  ec2: { instance_type: "t3.small", image: "newest", elastic_ip: false, egress: "restricted" },
  machine: { hypervisor: "libvirt" },
} as const satisfies WrittenDefaults;
