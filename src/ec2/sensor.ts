import type { Programs } from "../artifacts/programs.ts";
import type { Ec2Plan } from "../plan/ec2-plan.ts";
import type { OsName } from "../values/os-names.ts";

/** One sensor that is to run on EC2: all that is needed to make its machine, nothing about what exists. */
export type Ec2Sensor = {
  readonly kind: "sensor";
  readonly name: string;
  readonly os: OsName;
  readonly ec2: Ec2Plan;
  readonly admin: {
    readonly user: string;
    readonly sshPort: number;
    /** Networks in CIDR form, or every address. */
    readonly allowFrom: readonly string[] | "anywhere";
  };
  /** What the sensor itself has to reach besides the web, names and time: its backup server, its SIEM. */
  readonly reaches: readonly Port[];
  /** The bytes that `sensorbake user-data` prints. */
  readonly userData: Uint8Array;
  /** What the sensor fetches at its first boot, where the user-data cannot hold it. */
  readonly programs?: Programs;
  /** Programs and secrets come over SSH: until `sensorbake apply` sends them, the sensor waits. */
  readonly isDelivered: boolean;
  /** Digest of the user-data without the values of secrets: it becomes a tag, which more people may read. */
  readonly userDataDigest: string;
};

/** One port of a transport protocol. */
export type Port = { readonly protocol: "tcp" | "udp"; readonly port: number };

/** Most bytes of user-data that EC2 takes, before base64. */
export const userDataLimitBytes = 16_384;
