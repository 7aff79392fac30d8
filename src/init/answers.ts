import { builtIn } from "../settings/defaults.ts";

/**
 * The content of a first settings file. Values are stored as entered; `check` validates the file that is made of them.
 */
export type Answers = {
  readonly name: string;
  readonly target: string;
  readonly os: string;
  /** Only written for EC2. */
  readonly region: string;
  /** For a Raspberry Pi; `undefined`: Ethernet. The passphrase comes from the environment. */
  readonly wifi: { readonly ssid: string; readonly country: string } | undefined;
  /** DShield's account; `undefined`: the first boot does not install it. The key comes from the environment. */
  readonly dshield: { readonly email: string; readonly userId: number | string } | undefined;
  readonly timezone: string;
  readonly user: string;
  readonly sshPort: number | string;
  /** Lines of .pub files. */
  readonly sshKeys: readonly string[];
  readonly allowFrom: "anywhere" | readonly string[];
  /** Outgoing traffic of the honeypot's own users. */
  readonly egress: "open" | "restricted";
};

/** The default answers; only the keys have no default. */
export function defaultAnswers(sshKeys: readonly string[]): Answers {
  return {
    name: "sensor-1",
    target: "nocloud",
    os: builtIn.os,
    region: "us-east-1",
    wifi: undefined,
    dshield: undefined,
    timezone: builtIn.timezone,
    user: builtIn.admin.user,
    sshPort: builtIn.admin.ssh_port,
    sshKeys,
    allowFrom: "anywhere",
    egress: "restricted",
  };
}
