import type { Origin } from "../../backups/collect.ts";
import { connect } from "../../backups/sftp/connect.ts";
import { connectSensor } from "../../backups/sftp/connect-sensor.ts";
import type { SensorPlan } from "../../load/load.ts";
import { UsageError } from "../shared/exit.ts";
import { destinationFinder, unknownAddress } from "../shared/find-destination.ts";
import { loginOf, serverOf, type Transfer } from "../shared/transfers.ts";
import type { CollectCommandOptions } from "./options.ts";

/** The folder of a sensor's archives on the sensor, which only root may read. */
const sensorFolder = "/var/backups/honeypot";

/** The location of each sensor's archives: its backup server, or the sensor itself if it has no `transfer`. */
export async function originsOf(
  sensors: readonly SensorPlan[],
  options: CollectCommandOptions,
  signal: AbortSignal,
): Promise<readonly Origin[]> {
  refuseUnusedOptions(sensors, options);
  const find = await destinationFinder(options, sensors, signal);
  return Promise.all(
    sensors.map(async ({ plan, secrets }): Promise<Origin> => {
      const { transfer } = plan;
      if (transfer !== undefined) return originOnServer(plan.name, { transfer, secrets }, options.identity);
      return {
        sensor: plan.name,
        path: sensorFolder,
        // A sensor that is not found is one sensor's failure.
        connect: async (signal, patience) => {
          const to = await find(plan);
          if (to === undefined) throw unknownAddress(plan, "collect");
          return connectSensor(to, signal, patience);
        },
      };
    }),
  );
}

async function originOnServer(
  sensor: string,
  from: Pick<Transfer, "transfer" | "secrets">,
  identity: string | undefined,
): Promise<Origin> {
  const login = await loginOf(from, identity);
  const { user, path } = from.transfer;
  if (login === undefined)
    throw new UsageError(
      `the key of ${sensor} exists only on the sensor (generate_key)`,
      `use your own key that the server accepts for the login ${user}: --identity FILE, or an ssh-agent`,
    );
  const server = serverOf(from.transfer);
  return {
    sensor,
    path,
    connect: (signal, patience) => connect(server, login, signal, patience),
  };
}

function refuseUnusedOptions(
  sensors: readonly SensorPlan[],
  { address, tofu, identity }: CollectCommandOptions,
): void {
  const names = sensors.map(({ plan }) => plan.name).join(", ");
  const onServer = sensors.filter(({ plan }) => plan.transfer !== undefined).length;
  if (address !== undefined && onServer > 0)
    throw new UsageError(
      `--address has no effect: the archives of ${names} are on the server of \`transfer\``,
      "leave out --address",
    );
  if (tofu !== undefined && onServer === sensors.length)
    throw new UsageError(
      `--tofu has no effect: the archives of ${names} are on the server of \`transfer\``,
      "leave out --tofu",
    );
  if (identity !== undefined && onServer === 0)
    throw new UsageError(
      `--identity is for the server of \`transfer\`, which ${names} does not have`,
      "choose the key for a sensor in ~/.ssh/config (IdentityFile), or add it to an ssh-agent",
    );
}
