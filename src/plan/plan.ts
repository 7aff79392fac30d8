import type { OsName } from "../values/os-names.ts";
import type { TargetName } from "../values/target-names.ts";
import type { Ec2Plan } from "./ec2-plan.ts";

/**
 * One sensor with every setting decided: no defaults left to apply, nothing optional that a script would have to guess.
 * `resolve` creates it; the rules and every artifact read it.
 */
export type Plan = {
  readonly name: string;
  readonly target: TargetName;
  readonly os: OsName;
  /** A name of the tz database, e.g. `Etc/UTC`. */
  readonly timezone: string;
  /** The sensor's address for the admin's SSH client; `undefined`: not in the settings. */
  readonly address: string | undefined;
  /** How programs and secrets reach the sensor; `auto`: in the user-data if they fit. */
  readonly delivery: "auto" | "ssh" | "user-data";
  /** Web folder for the programs if the user-data is too small for them. */
  readonly programsUrl: string | undefined;
  readonly admin: {
    readonly user: string;
    readonly sshPort: number;
    /** Lines of an authorized_keys file. */
    readonly sshKeys: readonly string[];
    /** Networks in CIDR form, or every address. */
    readonly allowFrom: readonly string[] | "anywhere";
  };
  /** The rescue after a boot without an admin's login; `undefined`: off. */
  readonly rescue: RescuePlan | undefined;
  /** `undefined`: the first boot does not install DShield. */
  readonly dshield: DshieldPlan | undefined;
  /** The configuration to restore after DShield's updates; `undefined`: nothing. */
  readonly upkeep: UpkeepPlan | undefined;
  readonly capture: {
    /** `auto`: the device of the default route with the lowest metric, found at each start. */
    readonly interface: string;
    readonly excludePorts: readonly number[];
    readonly excludeHosts: readonly string[];
    /** A pcap-filter expression of the user, or an empty string. */
    readonly filter: string;
    /** Maximum bytes to keep of each packet. */
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
    /** Source of the archive password; `undefined` with `tar.zst`. */
    readonly password: Secret | undefined;
    /** age recipients (public keys); empty unless `tar.zst`. */
    readonly encryptTo: readonly string[];
    readonly keepDays: number;
  };
  /** `undefined`: the archives are not transferred. */
  readonly transfer: TransferPlan | undefined;
  /** `undefined`: no analysis tools. */
  readonly tools: ToolsPlan | undefined;
  /** `undefined`: no logs are shipped. */
  readonly siem: SiemPlan | undefined;
  readonly disk: {
    readonly maxUsedPercent: number;
    /** Size of the sensor's disk in gigabytes (10^9 bytes), if the settings give it. */
    readonly sizeGigabytes: number | undefined;
    /** Estimated size of a day's captures in megabytes (10^6 bytes), for the disk forecast. */
    readonly captureMegabytesPerDay: number;
  };
  readonly security: {
    /** Outgoing traffic of the honeypot's own users. */
    readonly egress: "open" | "restricted";
  };
  /** `undefined`: DHCP, the image's default. */
  readonly network: NetworkPlan | undefined;
  /** `undefined`: no Wi-Fi, or no Raspberry Pi. */
  readonly wifi: WifiPlan | undefined;
  /** The mechanism by which a Raspberry Pi's image reads its settings; `undefined` on any other target. */
  readonly piBoot: PiBoot | undefined;
  /** The EC2 instance to launch; `undefined` unless the target is EC2 and the settings name a region. */
  readonly ec2: Ec2Plan | undefined;
};

/** DShield's account and installation. */
export type DshieldPlan = {
  readonly email: string;
  readonly userId: number;
  /** `undefined` only if a rule reports it as missing. */
  readonly apiKey: Secret | undefined;
  /** Whether the key is checked with DShield's service before the installation. */
  readonly isKeyChecked: boolean;
  /** An https URL. */
  readonly repository: string;
  /** A commit, tag or branch of the repository. */
  readonly ref: string;
  readonly answersTelnet: boolean;
  /** `weekly`: updates to the newest commit of `ref`. */
  readonly updates: "manual" | "weekly";
  /** Whether upstream's remote-administration agent may be installed. */
  readonly hasVelociraptor: boolean;
  /** Subject of the honeypot's certificate: country, state, city, company, department. */
  readonly certificate: readonly string[];
};

/** When and for how long the rescue opens the admin port. */
export type RescuePlan = { readonly afterMinutes: number; readonly openMinutes: number };

/** How DShield is kept configured, regardless of who installed it. */
export type UpkeepPlan = {
  /** Upstream's daily reboot: `keep`, `off`, or five cron fields. */
  readonly dailyReboot: string;
};

export type BackupSet = "home" | "logs" | "srv" | "dshield_logs" | "crontabs" | "dumps";

/** The SFTP server for the archives, and the login there. */
export type TransferPlan = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The sensor's folder on the server, with the placeholder replaced and without a trailing slash. */
  readonly path: string;
  /** Pinned host keys: `ssh-ed25519 AAAA...`. */
  readonly hostKeys: readonly string[];
  /** `undefined`: the sensor generates its own at the first boot. */
  readonly privateKey: Secret | undefined;
  /** Five cron fields. */
  readonly schedule: string;
  /** Kilobits per second; 0: no limit. */
  readonly bandwidthLimit: number;
  /** Days to keep archives on the server; 0: forever. */
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
  /** The address for querying DShield about networks; empty: no queries. */
  readonly email: string;
  /** `undefined`: that service is not queried. */
  readonly virustotal: Secret | undefined;
  readonly urlhaus: Secret | undefined;
  readonly spur: Secret | undefined;
};

export type JsonLogCountryPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
  /** Number of the MaxMind account; 0: the sensor does not download the database. */
  readonly accountId: number;
  readonly licenseKey: Secret | undefined;
};

/** The server to which Filebeat ships logs. */
export type SiemPlan = {
  readonly host: string;
  readonly port: number;
  /** The certificate that verifies the server; `undefined`: no TLS, which needs `plaintext: true`. */
  readonly ca: Secret | undefined;
  /** Maximum size of the spool on disk, in megabytes. */
  readonly spoolMegabytes: number;
};

/** A static address on one interface. */
export type NetworkPlan = {
  readonly interface: string;
  /** Addresses with prefix length, e.g. `192.0.2.10/24`. */
  readonly addresses: readonly string[];
  /** Default gateways, at most one per address family. */
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
};

/** The mechanisms by which a Raspberry Pi's image reads settings from its boot partition. */
export type PiBoot = "cloudinit" | "firstrun" | "preseed";

/** The Wi-Fi network, on the device `wlan0`. */
export type WifiPlan = {
  /** 1 to 32 bytes of UTF-8. */
  readonly ssid: string;
  readonly security: "wpa2" | "wpa3" | "open";
  /** `undefined` if the network is open. */
  readonly psk: Secret | undefined;
  /** Two capital letters. */
  readonly country: string;
  readonly isHidden: boolean;
};

/** The source of a secret's value; a literal is the value itself. */
export type Secret =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly file: string };
