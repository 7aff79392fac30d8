import { type Check, preflight } from "../../backups/preflight.ts";
import { serverName } from "../../backups/sftp/server.ts";
import { firstOf } from "../../diagnostics/first-of.ts";
import { numberOf } from "../../diagnostics/number-of.ts";
import type { SensorPlan } from "../../load/load.ts";
import { type ChannelCheck, channelChecker } from "../../notify/check-channels.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { counted } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";
import { loginOf, serverOf, type Transfer, transfersOf } from "../shared/transfers.ts";
import type { PreflightOptions } from "./options.ts";

/** Tests each distinct server and folder once; returns exit code 3 if a check failed. */
export async function runPreflight(
  file: string,
  options: PreflightOptions,
  { streams, signal }: Context,
): Promise<number> {
  const readSecrets = [
    ...(options.identity === undefined ? ["transfer.private_key"] : []),
    "notify.heartbeat.url",
    "notify.webhook.url",
    "notify.mail.password",
  ];
  const tolerate = ["transfer/no-host-key"] as const;
  const { sensors } = await openSettings(file, options, { readSecrets, tolerate }, streams);
  const transfers = transfersOf(sensors);
  const notifiers = sensors.filter(({ plan }) => plan.notify !== undefined);
  if (transfers.length + notifiers.length === 0)
    throw new UsageError(
      options.sensor === undefined
        ? "no sensor in this file has `transfer` or `notify`"
        : `${options.sensor.join(", ")}: no \`transfer\` or \`notify\``,
      "see examples/transfer.yaml and examples/notify.yaml",
    );
  const results: Result[] = [];
  const distinct = groups(transfers);
  for (const group of counted(distinct, "testing", "servers", streams.status)) {
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
    if (options.format === "text") streams.print(table(result, streams));
  }
  const notifications = await checkNotifications(notifiers);
  if (options.format === "text")
    for (const result of notifications) streams.print(channelTable(result, streams));
  if (options.format === "json") streams.json({ servers: results, notifications });
  const all = [...results, ...notifications];
  const bad = all.filter(({ checks }) => checks.some(({ status }) => status === "failed")).length;
  if (all.length > 1)
    streams.say(`${numberOf(all.length, "test")}: ${all.length - bad} passed, ${bad} failed`);
  return bad > 0 ? exitCodes.outside : exitCodes.fine;
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

type Notifications = { readonly sensors: readonly string[]; readonly checks: readonly ChannelCheck[] };

// Sensors with the same channels share one test.
async function checkNotifications(sensors: readonly SensorPlan[]): Promise<readonly Notifications[]> {
  const groups = new Map<string, SensorPlan[]>();
  for (const each of sensors) {
    const secrets = [...each.secrets].filter(([name]) => name.startsWith("notify."));
    const key = JSON.stringify([each.plan.notify, secrets]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const check = channelChecker();
  return Promise.all(
    [...groups.values()].map(async (group) => {
      const [{ plan, secrets } = {}] = group;
      const checks = plan?.notify === undefined ? [] : await check(plan.notify, secrets ?? new Map());
      return { sensors: group.map((each) => each.plan.name), checks };
    }),
  );
}

function channelTable({ sensors, checks }: Notifications, streams: Streams): string {
  const lines = checks.flatMap(({ channel, server, status, message, hint }) => [
    `  ${painted(status, streams)}  ${channel.padEnd(9)}  ${server}: ${message}`,
    ...(hint === undefined ? [] : [`           = help: ${hint}`]),
  ]);
  return `${firstOf(sensors, 5)}: notifications\n${lines.join("\n")}\n`;
}

const color = { ok: 32, failed: 31, unknown: 33, warning: 33, skipped: 2 } as const;

function painted(status: keyof typeof color, { colorOfResult }: Streams): string {
  const word = status.padEnd(7);
  return colorOfResult ? `\u001b[${color[status]}m${word}\u001b[0m` : word;
}

function table({ sensors, server, user, path, checks }: Result, streams: Streams): string {
  const lines = checks.flatMap(({ check, status, message, hint }) => {
    return [
      `  ${painted(status, streams)}  ${check.padEnd(8)}  ${message}`,
      ...(hint === undefined ? [] : [`           = help: ${hint}`]),
    ];
  });
  return `${firstOf(sensors, 5)}: ${user}@${server} ${path}\n${lines.join("\n")}\n`;
}
