import type { OsName } from "../values/os-names.ts";
import type { TargetName } from "../values/target-names.ts";
import type { Ec2Plan } from "./ec2-plan.ts";

/**
 * One sensor with everything decided: no defaults left to apply, nothing optional that a script would have
 * to guess. Made by `resolve`, read by the rules and by every artifact.
 */
export type Plan = {
  readonly name: string;
  readonly target: TargetName;
  readonly os: OsName;
  /** A name of the tz database, e.g. `Etc/UTC`. */
  readonly timezone: string;
  /** Where the admin's SSH client finds the sensor; `undefined`: not known to the settings. */
  readonly address: string | undefined;
  /** How programs and secrets reach the sensor; `auto`: in the user-data where they fit. */
  readonly delivery: "auto" | "ssh" | "user-data";
  /** Folder from which the programs can be fetched when the user-data is too small for them. */
  readonly programsUrl: string | undefined;
  readonly admin: {
    readonly user: string;
    readonly sshPort: number;
    /** Lines of an authorized_keys file. */
    readonly sshKeys: readonly string[];
    /** Networks in CIDR form, or every address. */
    readonly allowFrom: readonly string[] | "anywhere";
  };
  /** What happens when nobody could log in for some time after a boot; `undefined`: nothing. */
  readonly rescue: RescuePlan | undefined;
  /** `undefined`: the first boot does not install DShield. */
  readonly dshield: DshieldPlan | undefined;
  /** What is put back after DShield's updates; `undefined`: DShield is not there, or is left alone. */
  readonly upkeep: UpkeepPlan | undefined;
  readonly capture: {
    /** `auto`: the device of the default route with the lowest metric, found at each start. */
    readonly interface: string;
    readonly excludePorts: readonly number[];
    readonly excludeHosts: readonly string[];
    /** A pcap-filter expression of the user, or an empty string. */
    readonly filter: string;
    /** Bytes of each packet that are kept. */
    readonly snapLength: number;
    readonly rotateHours: number;
    /** Millions of bytes, as tcpdump counts them. */
    readonly rotateMegabytes: number;
    readonly keepDays: number;
  };
  readonly logs: { readonly keepDays: number };
  readonly backup: {
    /** Five cron fields. */
    readonly schedule: string;
    readonly sets: readonly BackupSet[];
    readonly format: "zip" | "7z" | "tar.zst";
    /** Where the archive password comes from; `undefined` with `tar.zst`. */
    readonly password: Secret | undefined;
    /** age recipients (public keys); empty unless `tar.zst`. */
    readonly encryptTo: readonly string[];
    readonly keepDays: number;
  };
  /** `undefined`: the archives stay where they are. */
  readonly transfer: TransferPlan | undefined;
  /** `undefined`: the sensor analyses nothing. */
  readonly tools: ToolsPlan | undefined;
  /** `undefined`: no logs are shipped. */
  readonly siem: SiemPlan | undefined;
  readonly disk: {
    readonly maxUsedPercent: number;
    /** Size of the sensor's disk in gigabytes (10^9 bytes), when the settings say it. */
    readonly sizeGigabytes: number | undefined;
    /** How much is captured in a day, in megabytes (10^6 bytes): the basis of the disk forecast. */
    readonly captureMegabytesPerDay: number;
  };
  readonly security: {
    /** What the honeypot's own users may reach. */
    readonly egress: "open" | "restricted";
  };
  /** `undefined`: DHCP, as the image does by itself. */
  readonly network: NetworkPlan | undefined;
  /** `undefined`: no Wi-Fi, or no Raspberry Pi. */
  readonly wifi: WifiPlan | undefined;
  /** By which mechanism the image of a Raspberry Pi takes its settings; `undefined` on any other target. */
  readonly piBoot: PiBoot | undefined;
  /** How the machine is to be launched; `undefined` unless the target is EC2 and the settings name a region. */
  readonly ec2: Ec2Plan | undefined;
};

/** The account that DShield reports for, and how it is installed. */
export type DshieldPlan = {
  readonly email: string;
  readonly userId: number;
  /** `undefined` only while a rule complains of it. */
  readonly apiKey: Secret | undefined;
  /** The service is asked about the key before anything is installed. */
  readonly isKeyChecked: boolean;
  /** An https URL. */
  readonly repository: string;
  /** A commit, a tag or a branch of it. */
  readonly ref: string;
  readonly answersTelnet: boolean;
  /** `weekly`: what `ref` is by then. */
  readonly updates: "manual" | "weekly";
  /** Whether upstream's remote-administration agent may be installed. */
  readonly hasVelociraptor: boolean;
  /** Subject of the honeypot's certificate: country, state, city, company, department. */
  readonly certificate: readonly string[];
};

/** For how long keys from anywhere may try the admin port, when no admin has logged in. */
export type RescuePlan = { readonly afterMinutes: number; readonly openMinutes: number };

/** How DShield is kept as the settings want it, whoever installed it. */
export type UpkeepPlan = {
  /** What becomes of upstream's daily reboot: `keep`, `off`, or five cron fields. */
  readonly dailyReboot: string;
};

export type BackupSet = "home" | "logs" | "srv" | "dshield_logs" | "crontabs" | "dumps";

/** Where the archives are sent by SFTP, and how. */
export type TransferPlan = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The sensor's own folder on the server, the placeholder replaced; without a slash at the end. */
  readonly path: string;
  /** `ssh-ed25519 AAAA...`: who the server must prove to be. */
  readonly hostKeys: readonly string[];
  /** `undefined`: the sensor makes its own at the first boot. */
  readonly privateKey: Secret | undefined;
  /** Five cron fields. */
  readonly schedule: string;
  /** Kilobits a second; 0: no limit. */
  readonly bandwidthLimit: number;
  /** Days that archives are kept on the server; 0: for ever. */
  readonly keepDays: number;
};

/** The analysis tools, at least one of them, and the limits of each run. */
export type ToolsPlan = {
  readonly memoryMegabytes: number;
  readonly timeLimitSeconds: number;
  readonly keepDays: number;
  readonly cowrieprocessor: CowrieprocessorPlan | undefined;
  readonly jsonLogCountry: JsonLogCountryPlan | undefined;
};

export type CowrieprocessorPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
  /** With which address DShield is asked about networks; empty: it is not asked. */
  readonly email: string;
  /** `undefined`: that service is not asked. */
  readonly virustotal: Secret | undefined;
  readonly urlhaus: Secret | undefined;
  readonly spur: Secret | undefined;
};

export type JsonLogCountryPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
  /** Number of the account at MaxMind; 0: the database comes from somewhere else. */
  readonly accountId: number;
  readonly licenseKey: Secret | undefined;
};

/** Where Filebeat ships logs to. */
export type SiemPlan = {
  readonly host: string;
  readonly port: number;
  /** By whose certificate the server is known; `undefined`: without TLS, which a rule wants to be said. */
  readonly ca: Secret | undefined;
  /** Most bytes that wait on the disk, in megabytes. */
  readonly spoolMegabytes: number;
};

/** A static address on one interface. */
export type NetworkPlan = {
  readonly interface: string;
  /** Addresses with prefix length, e.g. `192.0.2.10/24`. */
  readonly addresses: readonly string[];
  /** Next hops of the default routes, at most one an address family. */
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
};

/** The mechanisms by which an image of a Raspberry Pi takes settings from its boot partition. */
export type PiBoot = "cloudinit" | "firstrun" | "preseed";

/** The wireless network, on the device `wlan0`. */
export type WifiPlan = {
  /** 1 to 32 bytes of UTF-8. */
  readonly ssid: string;
  readonly security: "wpa2" | "wpa3" | "open";
  /** `undefined` when the network is open. */
  readonly psk: Secret | undefined;
  /** Two capital letters. */
  readonly country: string;
  readonly isHidden: boolean;
};

/** Where a secret's value is to be read; a literal is the value itself. */
export type Secret =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly file: string };
