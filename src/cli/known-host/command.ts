import type { Register } from "../shared/context.ts";
import { examples, formatOption } from "../shared/options.ts";

export const registerKnownHost: Register = (program, context) => {
  program
    .command("known-host")
    .description("print a server's host keys, for transfer.host_key")
    .argument("<host>", "HOST or HOST:PORT; an IPv6 address with a port in brackets")
    .addOption(formatOption())
    .addHelpText("after", examples("known-host backups.example.org:22"))
    .action(async (host: string, options: { readonly format: "text" | "json" }) => {
      const { knownHost } = await import("./run.ts");
      process.exitCode = await knownHost(host, options, context);
    });
};
