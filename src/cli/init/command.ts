import type { Register } from "../shared/context.ts";
import { examples, note } from "../shared/options.ts";
import type { InitOptions, NamedSensor } from "./options.ts";

export const registerInit: Register = (program, context) => {
  program
    .command("init")
    .description("ask questions and write a first settings file; never overwrites")
    .argument("[file]", "the settings file to write", "sensors.yaml")
    .option("-y, --yes", "ask nothing; accept the defaults", false)
    .option("--ssh-key <file>", "public key that may log in, instead of those in ~/.ssh")
    .option("--sensor <name[=target]>", "a sensor, e.g. fra-1=hetzner; repeatable", sensors)
    .option("--os <system>", "operating system of the sensors whose target supports it")
    .option("--region <region>", "EC2 region")
    .option("--address <address>", "address of a machine that exists already, or - for a new one")
    .option("--wifi <network>", "name of the Wi-Fi network, or - for Ethernet")
    .option("--country <code>", "country code of the Wi-Fi network")
    .option("--dshield <yes|no>", "whether the first boot installs DShield")
    .option("--dshield-email <address>", "e-mail address of the DShield account")
    .option("--dshield-user-id <number>", "number of the DShield account")
    .option("--timezone <zone>", "time zone")
    .option("--user <name>", "your login name on the sensor")
    .option("--ssh-port <port>", "port for this login")
    .option("--allow-from <networks>", "networks that can reach this port, or the word anywhere")
    .option("--restrict-egress <yes|no>", "whether to restrict outgoing traffic of the honeypot")
    .option("--transfer-host <host[:port]>", "backup server, or - for none")
    .option("--transfer-user <name>", "login on the backup server")
    .option("--transfer-path <path>", "folder for the archives there")
    .option("--host-key <key>", "host key of the backup server, as `known-host` prints it")
    .option("--transfer-key <file>", "file of the private key for the backup server, or the word sensor")
    .option("--tools <names>", "analysis tools, separated by commas, or - for none")
    .option("--maxmind-account <number>", "MaxMind account for json_log_country, or - for none")
    .option("--siem <host:port>", "Logstash of a DShield-SIEM, or - for none")
    .option("--siem-ca <file>", "file of the certificate of the SIEM, or the word plaintext")
    .option("--heartbeat <yes|no>", "whether each sensor requests a URL while it is healthy")
    .option("--webhook <format>", "service of a webhook for notifications, or - for none")
    .option("--mail-host <host[:port]>", "mail server for notifications, or - for none")
    .option("--mail-to <addresses>", "recipients of the mail, separated by commas")
    .option("--mail-from <address>", "sender of the mail")
    .option("--mail-user <name>", "login on the mail server, or - for none")
    .addHelpText(
      "after",
      note("Each option answers one question. init asks the others; with --yes it accepts their defaults."),
    )
    .addHelpText(
      "after",
      examples("init sensors.yaml", "init --yes --sensor fra-1=hetzner --allow-from 198.51.100.0/24"),
    )
    .action(async (file: string, options: InitOptions) => {
      const { init } = await import("./run.ts");
      process.exitCode = await init(file, options, context);
    });
};

function sensors(value: string, before: readonly NamedSensor[] = []): readonly NamedSensor[] {
  const [name = "", target] = value.split("=");
  return [...before, { name, target }];
}
