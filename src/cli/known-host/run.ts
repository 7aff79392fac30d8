import { fingerprint, knownHostName } from "../../backups/sftp/host-key.ts";
import { scanHostKeys } from "../../backups/sftp/scan-host-keys.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";

/** Prints lines as in a known_hosts file, and on standard error how to verify that they come from the right server. */
export async function knownHost(
  text: string,
  { format }: { readonly format: "text" | "json" },
  { streams, signal }: Context,
): Promise<number> {
  const { host, port } = parseHost(text);
  const keys = await scanHostKeys({ host, port }, signal);
  const lines = keys.map((key) => ({
    ...key,
    fingerprint: fingerprint(key),
    line: `${knownHostName(host, port)} ${key.type} ${key.base64}`,
  }));
  if (format === "json") streams.result(`${JSON.stringify(lines, null, 2)}\n`);
  else for (const { line } of lines) streams.result(`${line}\n`);
  for (const { type, fingerprint } of lines)
    streams.say(`# ${knownHostName(host, port)} ${type} ${fingerprint}`);
  streams.say(
    "# An attacker on the network could have sent these keys. Compare the fingerprints with the server's owner",
  );
  streams.say(
    "# (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub), then pin one as host_key, without the name before it.",
  );
  return exitCodes.fine;
}

function parseHost(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits ?? 22);
  if (host === undefined || port < 1 || port > 65_535)
    throw new UsageError(`"${text}" is not a host`, "write HOST, HOST:PORT or [IPV6]:PORT");
  return { host, port };
}
