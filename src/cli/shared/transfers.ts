import { readFile } from "node:fs/promises";
import { parseHostKey } from "../../backups/sftp/host-key.ts";
import type { Login, Server } from "../../backups/sftp/server.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { TransferPlan } from "../../plan/resolve-transfer.ts";

/** One sensor that transfers its archives. */
export type Transfer = {
  readonly sensor: string;
  readonly plan: SensorPlan["plan"];
  readonly transfer: TransferPlan;
  readonly secrets: SensorPlan["secrets"];
};

/** The sensors that have a `transfer`. */
export function transfersOf(sensors: readonly SensorPlan[]): readonly Transfer[] {
  return sensors.flatMap(({ plan, secrets }) =>
    plan.transfer === undefined ? [] : [{ sensor: plan.name, plan, transfer: plan.transfer, secrets }],
  );
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
