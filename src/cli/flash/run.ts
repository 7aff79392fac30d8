import type { BootFiles } from "../../artifacts/boot-files.ts";
import type { Disk } from "../../card/disks.ts";
import { candidatesOf, chooseDisk } from "../../card/judge-disk.ts";
import { type Machine, processMachine } from "../../card/machine.ts";
import { readDisks } from "../../card/read-disks.ts";
import { readRelease } from "../../load/read-release.ts";
import { lookAtBase } from "../shared/base-image.ts";
import { bootFilesOf } from "../shared/boot-files-of.ts";
import { chooseSensors } from "../shared/chosen-sensors.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import type { Streams } from "../shared/streams.ts";
import { confirmCard } from "./confirm-card.ts";
import { describe } from "./describe-disk.ts";
import { flashAll } from "./flash-all.ts";
import { handOver } from "./hand-over.ts";
import type { FlashOptions } from "./options.ts";
import { writeToCard } from "./write-to-card.ts";

/** Writes an image, or a sensor's, to a card, or a card for each sensor; returns the exit code. */
export async function flash(
  image: string | undefined,
  device: string | undefined,
  options: FlashOptions,
  context: Context,
  machine: Machine = processMachine(),
): Promise<number> {
  const { streams } = context;
  if (options.all && options.sensor !== undefined)
    throw new UsageError("--all and --sensor cannot be combined");
  if (options.from !== undefined && !options.all) throw new UsageError("--from requires --all");
  if (machine.platform !== "linux") return handOver(image, device, options, streams);
  if (options.list) return list(candidatesOf(await readDisks(machine)), options, streams);
  if (image === undefined)
    throw new UsageError("the image argument is missing", "sensorbake flash IMAGE DEVICE");
  if (device === undefined) {
    const cards = candidatesOf(await readDisks(machine));
    throw new UsageError(
      "the device argument is missing",
      cards.length === 0 ? "this machine has no card" : `cards: ${cards.map(describe).join("; ")}`,
    );
  }
  if (options.all) return flashAll(image, device, options, context, machine);
  const disk = chooseDisk(await readDisks(machine), device);
  // Before any question.
  await lookAtBase(image, options.sha256);
  const bootFiles = await bootFilesFor(options, streams);
  if (typeof bootFiles === "number") return bootFiles;
  await confirmCard(disk, options.yesReally, context);
  const bytes = await writeToCard({ image, sha256: options.sha256, disk, bootFiles, machine }, context);
  if (bytes === undefined) return exitCodes.interrupted;
  if (options.format === "json") streams.json({ device: disk.path, bytes, verified: true });
  return exitCodes.fine;
}

async function bootFilesFor(options: FlashOptions, streams: Streams): Promise<BootFiles | undefined> {
  if (options.sensor === undefined) return undefined;
  const choice = { ...options, sensor: [options.sensor], target: "pi", all: false } as const;
  const { sensors } = await chooseSensors(choice, streams);
  const [sensor] = sensors;
  return sensor && bootFilesOf(sensor, await readRelease());
}

function list(cards: readonly Disk[], { format }: FlashOptions, streams: Streams): number {
  const facts = cards.map(({ path, bytes, model, serial, transport }) => ({
    path,
    bytes,
    model,
    serial,
    transport,
  }));
  if (format === "json") streams.json({ cards: facts });
  else for (const card of cards) streams.result(`${describe(card)}\n`);
  if (cards.length === 0) streams.say("This machine has no card that sensorbake may write to.");
  return exitCodes.fine;
}
