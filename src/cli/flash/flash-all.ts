import type { Disk } from "../../card/disks.ts";
import { misnamed, refusalOf } from "../../card/judge-disk.ts";
import type { Machine } from "../../card/machine.ts";
import { readDisks } from "../../card/read-disks.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { lookAtBase } from "../shared/base-image.ts";
import { bootFilesOf } from "../shared/boot-files-of.ts";
import { chooseSensors } from "../shared/chosen-sensors.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openTerminal } from "../shared/terminal.ts";
import { confirmCard } from "./confirm-card.ts";
import { describe } from "./describe-disk.ts";
import type { FlashOptions } from "./options.ts";
import { writeToCard } from "./write-to-card.ts";

/**
 * Writes a card for each Pi of the settings, one after another in the same reader. A card that fails is replaced by
 * another one. Returns the exit code.
 */
export async function flashAll(
  image: string,
  device: string,
  options: FlashOptions,
  context: Context,
  machine: Machine,
): Promise<number> {
  const { streams, signal } = context;
  await lookAtBase(image, options.sha256);
  const choice = { settings: options.settings, format: options.format, target: "pi", all: true } as const;
  const { sensors: all } = await chooseSensors(choice, streams);
  const sensors = startingAt(options.from, all);
  const release = await readRelease();
  const written: { readonly sensor: string; readonly device: string; readonly bytes: number }[] = [];
  const present = await diskAt(device, machine);
  const refusal = present && refusalOf(present);
  if (refusal !== undefined) throw refusal;
  let before: Disk | undefined;
  try {
    for (const [index, sensor] of sensors.entries()) {
      const { name } = sensor.plan;
      const bootFiles = bootFilesOf(sensor, release);
      for (let isWritten = false; !isWritten; ) {
        streams.say(`next: ${name} (${index + 1} of ${sensors.length}), insert a card into ${device}`);
        const disk = await insertedCard(device, machine, context);
        if (disk === undefined) continue;
        await confirmNext(name, disk, before, options.yesReally, context);
        before = disk;
        let isTouched = false;
        const onTouch = () => {
          isTouched = true;
        };
        const job = { image, sha256: options.sha256, disk, bootFiles, machine, onTouch };
        try {
          const bytes = await writeToCard(job, context);
          if (bytes === undefined) return exitCodes.interrupted;
          written.push({ sensor: name, device: disk.path, bytes });
          isWritten = true;
        } catch (error) {
          // Before the first write it is not the card that is wrong.
          if (!isTouched || !(error instanceof OutsideError)) throw error;
          streams.say(`${name}: ${error.message}; use another card`);
        }
        if (!isWritten || index + 1 < sensors.length) await removedCard(device, machine, signal);
      }
    }
    if (options.format === "json") streams.json({ cards: written });
    streams.say(`${written.length === 1 ? "1 card" : `${written.length} cards`} written.`);
    return exitCodes.fine;
  } finally {
    const next = sensors[written.length]?.plan.name;
    if (next !== undefined)
      streams.say(
        `${sensors.length - written.length} of ${sensors.length} cards are not written. Continue with --all --from ${next}`,
      );
  }
}

function startingAt(from: string | undefined, sensors: readonly SensorPlan[]): readonly SensorPlan[] {
  if (from === undefined) return sensors;
  const start = sensors.findIndex(({ plan }) => plan.name === from);
  if (start === -1)
    throw new UsageError(
      `--from: no sensor with target: pi is named ${from}`,
      "use the name of one of the sensors",
    );
  return sensors.slice(start);
}

/** Waits for a card that may be written; `undefined` if another was inserted, which was reported and removed again. */
async function insertedCard(
  device: string,
  machine: Machine,
  { streams, signal }: Context,
): Promise<Disk | undefined> {
  for (let refused = 0; ; await machine.pause(signal)) {
    const disk = await diskAt(device, machine);
    if (disk === undefined) continue;
    const refusal = refusalOf(disk);
    if (refusal === undefined) return disk;
    // The system itself reads a new card for a moment.
    refused += 1;
    if (refused < 5) continue;
    streams.say(`${refusal.message}; insert another card`);
    await removedCard(device, machine, signal);
    return undefined;
  }
}

async function removedCard(device: string, machine: Machine, signal: AbortSignal): Promise<void> {
  while ((await diskAt(device, machine)) !== undefined) await machine.pause(signal);
}

/** The disk in the reader; `undefined` if it is empty or unplugged. Throws for a device that no card can have. */
async function diskAt(device: string, machine: Machine): Promise<Disk | undefined> {
  const disks = await readDisks(machine);
  const disk = disks.find(({ path }) => path === device);
  const error = disk === undefined ? misnamed(disks, device) : undefined;
  if (error !== undefined) throw error;
  return disk === undefined || disk.bytes === 0 ? undefined : disk;
}

// The name of the device has to be typed only for the first card of a reader.
async function confirmNext(
  name: string,
  disk: Disk,
  before: Disk | undefined,
  given: string | undefined,
  context: Context,
): Promise<void> {
  if (before === undefined) return confirmCard(disk, given, context);
  const { model, serial, transport } = before;
  // In an SD slot these facts are the card's own.
  const isSame = disk.model === model && disk.serial === serial && disk.transport === transport;
  if (!isSame && disk.transport !== "mmc") return confirmCard(disk, undefined, context);
  if (given !== undefined) return;
  const terminal = openTerminal(context.signal, "stdin is not a terminal", `add --yes-really ${disk.path}`);
  try {
    const message = `Write ${name} to ${describe(disk)}? All data on it will be lost. [y/N]`;
    const answer = await terminal.ask({ message, preset: "no" });
    if (!/^y(es)?$/i.test(answer ?? "")) throw new UsageError("the card was not written");
  } finally {
    terminal.close();
  }
}
