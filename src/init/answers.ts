import { builtIn } from "../settings/defaults.ts";

/**
 * What a first settings file is made of. Values are as they were answered: whether they are any good, `check` says
 * of the file that is made of them.
 */
export type Answers = {
  readonly name: string;
  readonly target: string;
  readonly os: string;
  /** Of EC2; not written for another target. */
  readonly region: string;
  /** Of a Raspberry Pi; `undefined`: on the wire. The passphrase is never asked for: it comes from the environment. */
  readonly wifi: { readonly ssid: string; readonly country: string } | undefined;
  /** The account that DShield reports for; `undefined`: the first boot does not install it. The key is never asked for. */
  readonly dshield: { readonly email: string; readonly userId: number | string } | undefined;
  readonly timezone: string;
  readonly user: string;
  readonly sshPort: number | string;
  /** Lines of .pub files. */
  readonly sshKeys: readonly string[];
  readonly allowFrom: "anywhere" | readonly string[];
  /** What the honeypot's own users may reach. */
  readonly egress: "open" | "restricted";
};

/** What is answered when nobody is asked; the keys are the one thing that nobody can know. */
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
