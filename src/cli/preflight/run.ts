import { type Check, preflight } from "../../backups/preflight.ts";
import { serverName } from "../../backups/sftp/server.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import type { Streams } from "../shared/streams.ts";
import { loadTransfers, loginOf, serverOf, type Transfer } from "../shared/transfers.ts";
import type { PreflightOptions } from "./options.ts";

/** Tests each distinct server and folder once; returns exit code 3 if a check failed. */
export async function runPreflight(
  file: string,
  options: PreflightOptions,
  { streams, signal }: Context,
): Promise<number> {
  const transfers = await loadTransfers(file, { ...options, tolerate: ["transfer/no-host-key"] }, streams);
  const results: Result[] = [];
  for (const group of groups(transfers)) {
    const [first] = group;
    if (first === undefined) continue;
    const { transfer } = first;
    const login = await loginOf(first, options.identity);
    const checks = await preflight({ server: serverOf(transfer), login, path: transfer.path }, signal);
    const result = {
      sensors: group.map(({ sensor }) => sensor),
      server: serverName(transfer),
      user: transfer.user,
      path: transfer.path,
      checks,
    };
    results.push(result);
    if (options.format === "text") streams.result(table(result, streams));
  }
  if (options.format === "json") streams.json({ servers: results });
  const isBad = results.some(({ checks }) => checks.some(({ status }) => status === "failed"));
  return isBad ? exitCodes.outside : exitCodes.fine;
}

type Result = {
  readonly sensors: readonly string[];
  readonly server: string;
  readonly user: string;
  readonly path: string;
  readonly checks: readonly Check[];
};

// Sensors with the same server, folder and key share one test.
function groups(transfers: readonly Transfer[]): readonly (readonly Transfer[])[] {
  const groups = new Map<string, Transfer[]>();
  for (const each of transfers) {
    const { host, port, user, path, hostKeys } = each.transfer;
    const key = JSON.stringify([host, port, user, path, hostKeys, each.secrets.get("transfer.private_key")]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

function table({ sensors, server, user, path, checks }: Result, streams: Streams): string {
  const color = { ok: 32, failed: 31, unknown: 33, warning: 33, skipped: 2 } as const;
  const names =
    sensors.length > 5
      ? `${sensors.slice(0, 5).join(", ")} and ${sensors.length - 5} more`
      : sensors.join(", ");
  const lines = checks.flatMap(({ check, status, message, hint }) => {
    const word = status.padEnd(7);
    const painted = streams.colorOfResult ? `\u001b[${color[status]}m${word}\u001b[0m` : word;
    return [
      `  ${painted}  ${check.padEnd(8)}  ${message}`,
      ...(hint === undefined ? [] : [`           = help: ${hint}`]),
    ];
  });
  return `${names}: ${user}@${server} ${path}\n${lines.join("\n")}\n`;
}
