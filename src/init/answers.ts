import { builtIn } from "../settings/defaults.ts";
import { variableWithName } from "../settings/sensor-names.ts";

/**
 * The content of a first settings file. Values are stored as entered; `check` validates the file that is made of them.
 * An account, a server or a network without a value (`undefined`) still needs one.
 */
export type Answers = {
  /** At least one. */
  readonly sensors: readonly SensorAnswers[];
  /** DShield's account; `undefined`: the first boot does not install it. The key comes from the environment. */
  readonly dshield:
    | { readonly email: string | undefined; readonly userId: number | string | undefined }
    | undefined;
  readonly timezone: string;
  readonly user: string;
  readonly sshPort: number | string;
  /** Lines of .pub files. */
  readonly sshKeys: readonly string[];
  readonly allowFrom: "anywhere" | readonly string[];
  /** Outgoing traffic of the honeypot's own users. */
  readonly egress: "open" | "restricted";
  /** The backup server; `undefined`: `collect` fetches the archives over SSH. */
  readonly transfer: TransferAnswers | undefined;
  readonly tools: readonly string[];
  /** For the database of countries; the licence key comes from the environment. */
  readonly maxmindAccount: number | string | undefined;
  /** `ca`: a file, or the word plaintext. */
  readonly siem: { readonly logstash: string; readonly ca: string | undefined } | undefined;
  /** Channels of notifications; their URLs and the password come from the environment. */
  readonly notify: NotifyAnswers;
};

export type SensorAnswers = {
  readonly name: string;
  readonly target: string;
  readonly os: string;
  /** Only written for EC2. */
  readonly region: string | undefined;
  /** For a Raspberry Pi; `undefined`: Ethernet. The passphrase comes from the environment. */
  readonly wifi: { readonly ssid: string; readonly country: string | undefined } | undefined;
  /** Of a machine that exists already. */
  readonly address: string | undefined;
};

export type TransferAnswers = {
  readonly host: string;
  readonly port: number | string;
  readonly user: string | undefined;
  readonly path: string | undefined;
  readonly hostKey: string | undefined;
  /** The file of the private key, or the word sensor: each sensor generates its own. */
  readonly privateKey: string | undefined;
};

export type NotifyAnswers = {
  readonly heartbeat: boolean;
  /** The format of the webhook. */
  readonly webhook: string | undefined;
  readonly mail: MailAnswers | undefined;
};

export type MailAnswers = {
  readonly host: string;
  readonly port: number | string;
  readonly to: readonly string[];
  readonly from: string | undefined;
  /** "-": no login. */
  readonly user: string | undefined;
};

/** The default answers; only the keys have no default. */
export function defaultAnswers(sshKeys: readonly string[]): Answers {
  return {
    sensors: [
      {
        name: "sensor-1",
        target: "nocloud",
        os: builtIn.os,
        region: "us-east-1",
        wifi: undefined,
        address: undefined,
      },
    ],
    dshield: undefined,
    timezone: builtIn.timezone,
    user: builtIn.admin.user,
    sshPort: builtIn.admin.ssh_port,
    sshKeys,
    allowFrom: "anywhere",
    egress: "restricted",
    transfer: undefined,
    tools: [],
    maxmindAccount: undefined,
    siem: undefined,
    notify: { heartbeat: false, webhook: undefined, mail: undefined },
  };
}

/** The environment variable of each sensor's heartbeat URL, with the placeholder for its name. */
export const heartbeatVariable = "HEARTBEAT_URL_{sensor}";

/** The environment variable of a sensor's Wi-Fi passphrase: one for all sensors in the same network. */
export function passphraseVariable({ sensors }: Answers, sensor: SensorAnswers): string {
  const first = sensors.find(({ wifi }) => wifi !== undefined);
  const sharer = sensors.find(({ wifi }) => wifi?.ssid === sensor.wifi?.ssid) ?? sensor;
  return sharer === first ? "WIFI_PSK" : variableWithName("WIFI_PSK_{sensor}", sharer.name);
}
