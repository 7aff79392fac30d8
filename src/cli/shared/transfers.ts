import { readFile } from "node:fs/promises";
import { parseHostKey } from "../../backups/sftp/host-key.ts";
import type { Login, Server } from "../../backups/sftp/server.ts";
import type { Code } from "../../diagnostics/codes.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { TransferPlan } from "../../plan/resolve-transfer.ts";
import { UsageError } from "./exit.ts";
import { openSettings, type SettingsOptions } from "./open-settings.ts";
import type { Streams } from "./streams.ts";

/** One sensor that transfers its archives. */
export type Transfer = {
  readonly sensor: string;
  readonly plan: SensorPlan["plan"];
  readonly transfer: TransferPlan;
  readonly secrets: SensorPlan["secrets"];
};

export type TransferOptions = SettingsOptions & {
  readonly identity?: string;
  readonly tolerate?: readonly Code[];
};

/** The sensors of a settings file that have a `transfer`. */
export async function loadTransfers(
  file: string,
  options: TransferOptions,
  streams: Streams,
): Promise<readonly Transfer[]> {
  const { sensor, identity, tolerate = [] } = options;
  const readSecrets = identity === undefined ? ["transfer.private_key"] : [];
  const loaded = await openSettings(file, options, { readSecrets, tolerate }, streams);
  const transfers = loaded.sensors.flatMap(({ plan, secrets }) =>
    plan.transfer === undefined ? [] : [{ sensor: plan.name, plan, transfer: plan.transfer, secrets }],
  );
  if (transfers.length === 0)
    throw new UsageError(
      sensor === undefined
        ? "no sensor in this file has `transfer`"
        : `${sensor.join(", ")}: no \`transfer\``,
      "see examples/transfer.yaml",
    );
  return transfers;
}

/** The server of a transfer, with its pinned keys. */
export function serverOf({ host, port, hostKeys }: TransferPlan): Server {
  return { host, port, hostKeys: hostKeys.flatMap((line) => parseHostKey(line) ?? []) };
}

/**
 * How to log in: with the key of `--identity`, else with the sensor's key from the settings, else (the key exists only
 * on the sensor) with the keys of an ssh-agent. `undefined` if there is none.
 */
export async function loginOf(
  { transfer, secrets }: Pick<Transfer, "transfer" | "secrets">,
  identity: string | undefined,
): Promise<Login | undefined> {
  const { user } = transfer;
  if (identity !== undefined)
    return { user, with: { kind: "key", privateKey: await readFile(identity, "utf8") } };
  const privateKey = secrets.get("transfer.private_key");
  if (privateKey !== undefined)
    return { user, with: { kind: "key", privateKey: `${privateKey.trimEnd()}\n` } };
  const agent = process.env.SSH_AUTH_SOCK ?? "";
  return agent === "" ? undefined : { user, with: { kind: "agent", agent } };
}
