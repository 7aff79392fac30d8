import type { Programs } from "../artifacts/programs.ts";
import type { Ec2Plan } from "../plan/ec2-plan.ts";
import type { OsName } from "../values/os-names.ts";

/** One sensor for EC2: everything needed to create its machine, independent of existing resources. */
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
  /** Outgoing ports besides web, names and time: for the backup server and the SIEM. */
  readonly reaches: readonly Port[];
  /** The output of `sensorbake user-data`. */
  readonly userData: Uint8Array;
  /** The programs that the sensor downloads at its first boot, if the user-data is too small. */
  readonly programs?: Programs;
  /** Whether the sensor waits for programs and secrets from `sensorbake apply`. */
  readonly isDelivered: boolean;
  /** Digest of the user-data without the values of secrets, because more people can read tags than user-data. */
  readonly userDataDigest: string;
};

/** One port of a transport protocol. */
export type Port = { readonly protocol: "tcp" | "udp"; readonly port: number };

/** Maximum bytes of user-data on EC2, before base64. */
export const userDataLimitBytes = 16_384;
