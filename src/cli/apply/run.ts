import { readRelease } from "../../load/read-release.ts";
import type { Context } from "../shared/context.ts";
import { type Delivered, deliver, deliveredJson, renderDelivered } from "../shared/deliver.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { destinationFinder } from "../shared/find-destination.ts";
import { openSettings } from "../shared/open-settings.ts";
import { sayHints } from "../shared/say-hints.ts";
import type { ApplyOptions } from "./options.ts";

/** Sends programs and secrets to every waiting sensor, one after another; returns the exit code. */
export async function apply(file: string, options: ApplyOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  if (!/^\d{1,6}$/.test(options.wait))
    throw new UsageError("--wait must be a whole number of seconds", "--wait 600");
  const loaded = await openSettings(file, options, { readSecrets: true }, streams);
  const find = destinationFinder(options.address, loaded.sensors);

  const release = await readRelease();
  const all: Delivered[] = [];
  for (const sensor of loaded.sensors) {
    signal.throwIfAborted();
    all.push(await deliver(sensor, () => find(sensor.plan), release, Number(options.wait), context));
  }
  if (options.format === "json") streams.json({ sensors: all.map(deliveredJson) });
  else streams.result(renderDelivered(all));
  sayHints(all, streams);
  return all.some(({ result }) => result === "failed") ? exitCodes.outside : exitCodes.fine;
}
