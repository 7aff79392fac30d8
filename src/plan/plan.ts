import type { OsName } from "../values/os-names.ts";
import type { TargetName } from "../values/target-names.ts";
import type { Ec2Plan } from "./ec2-plan.ts";
import type { AdminPlan, RescuePlan } from "./resolve-admin.ts";
import type { BackupPlan } from "./resolve-backup.ts";
import type { CapturePlan } from "./resolve-capture.ts";
import type { DiskPlan } from "./resolve-disk.ts";
import type { DshieldPlan, UpkeepPlan } from "./resolve-dshield.ts";
import type { MachinePlan } from "./resolve-machine.ts";
import type { MetricsPlan } from "./resolve-metrics.ts";
import type { NetworkPlan, WifiPlan } from "./resolve-network.ts";
import type { NotifyPlan } from "./resolve-notify.ts";
import type { PiBoot } from "./resolve-pi-boot.ts";
import type { SiemPlan } from "./resolve-siem.ts";
import type { ToolsPlan } from "./resolve-tools.ts";
import type { TransferPlan } from "./resolve-transfer.ts";

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
  readonly admin: AdminPlan;
  /** The rescue after a boot without an admin's login; `undefined`: off. */
  readonly rescue: RescuePlan | undefined;
  /** `undefined`: the first boot does not install DShield. */
  readonly dshield: DshieldPlan | undefined;
  /** The configuration to restore after DShield's updates; `undefined`: nothing. */
  readonly upkeep: UpkeepPlan | undefined;
  readonly capture: CapturePlan;
  readonly logs: { readonly keepDays: number };
  readonly backup: BackupPlan;
  /** `undefined`: the archives are not transferred. */
  readonly transfer: TransferPlan | undefined;
  /** `undefined`: no analysis tools. */
  readonly tools: ToolsPlan | undefined;
  /** `undefined`: no logs are shipped. */
  readonly siem: SiemPlan | undefined;
  /** `undefined`: no notifications. */
  readonly notify: NotifyPlan | undefined;
  /** `undefined`: no exporter. */
  readonly metrics: MetricsPlan | undefined;
  readonly disk: DiskPlan;
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
  /** The machine for OpenTofu; `undefined` on EC2 and on a Raspberry Pi. */
  readonly machine: MachinePlan | undefined;
};
