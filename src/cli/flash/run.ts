import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootFiles } from "../../artifacts/boot-files.ts";
import type { Disk } from "../../card/disks.ts";
import { flashCard } from "../../card/flash-card.ts";
import { candidatesOf, chooseDisk } from "../../card/judge-disk.ts";
import { type Machine, processMachine } from "../../card/machine.ts";
import { readDisks } from "../../card/read-disks.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { loadFat } from "../../image/fat.ts";
import { inject } from "../../image/inject.ts";
import { endOfPartitions } from "../../image/partitions.ts";
import { readyImage } from "../../image/ready-image.ts";
import { readImage } from "../../image/source.ts";
import { readRelease } from "../../load/read-release.ts";
import { lookAtBase, openBase } from "../shared/base-image.ts";
import { bootFilesOf } from "../shared/boot-files-of.ts";
import { chooseSensors } from "../shared/chosen-sensors.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { showProgress, size, standardError } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";
import { openTerminal } from "../shared/terminal.ts";
import { describe } from "./describe-disk.ts";
import { handOver } from "./hand-over.ts";
import type { FlashOptions } from "./options.ts";

/** Writes an image, or a sensor's, to a card; returns the exit code. */
export async function flash(
  image: string | undefined,
  device: string | undefined,
  options: FlashOptions,
  context: Context,
  machine: Machine = processMachine(),
): Promise<number> {
  const { streams } = context;
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
  const disk = chooseDisk(await readDisks(machine), device);
  // Before any question.
  await lookAtBase(image, options.sha256);
  const bootFiles = await bootFilesFor(options, streams);
  if (typeof bootFiles === "number") return bootFiles;
  await confirm(disk, options.yesReally, context);
  return write(image, disk, bootFiles, options, context, machine);
}

async function bootFilesFor(options: FlashOptions, streams: Streams): Promise<BootFiles | undefined> {
  if (options.sensor === undefined) return undefined;
  const choice = { ...options, sensor: [options.sensor], target: "pi", all: false } as const;
  const { sensors } = await chooseSensors(choice, streams);
  const [sensor] = sensors;
  return sensor && bootFilesOf(sensor, await readRelease());
}

// The user types the card's name, because a yes is easily given by habit.
async function confirm(disk: Disk, given: string | undefined, { streams, signal }: Context): Promise<void> {
  if (given !== undefined) {
    if (given === disk.path) return;
    throw new UsageError(`--yes-really names ${given}, but the device is ${disk.path}`);
  }
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so this cannot be confirmed",
    `add --yes-really ${disk.path} if that is the card`,
  );
  streams.say(`All data on ${describe(disk)} will be lost.`);
  try {
    const name = disk.path.replace(/^\/dev\//, "");
    const answer = await terminal.ask({ message: `Type its name (${name}) to continue:`, preset: "" });
    if (answer !== name && answer !== disk.path)
      throw new UsageError("the name does not match; nothing was written");
  } finally {
    terminal.close();
  }
}

async function write(
  image: string,
  disk: Disk,
  bootFiles: BootFiles | undefined,
  options: FlashOptions,
  { streams, signal }: Context,
  machine: Machine,
): Promise<number> {
  const progress = showProgress(standardError());
  let isTouched = false;
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-"));
  try {
    const { source, sha256 } = await openBase(image, options.sha256, progress.stage, signal);
    let share = 0;
    const onRead = (bytes: number) => {
      share = bytes / source.bytes;
    };
    const fat = bootFiles === undefined ? undefined : await loadFat();
    const stage = await open(join(folder, "head"), "wx+", 0o600);
    try {
      const ready = readyImage(readImage(source, { sha256, signal, report: onRead }), stage.fd, {
        check: (table) => {
          if (endOfPartitions(table) > disk.bytes) throw tooSmall(disk, endOfPartitions(table));
        },
        ...(bootFiles !== undefined && fat && { change: (region) => void inject(region, bootFiles, fat) }),
      });
      // The size of a compressed image is known only at its end; until then it is estimated from the bytes read.
      const written = progress.stage(`writing ${disk.path}`, source.bytes);
      let verified: ((bytes: number) => void) | undefined;
      const bytes = await flashCard({
        ...{ machine, disk, signal },
        image: touching(ready, () => {
          isTouched = true;
        }),
        onWrite: (done) => written(done, Math.max(done + 1, share > 0 ? done / share : 0)),
        onVerify: (done, total) => {
          written(total, total);
          verified ??= progress.stage(`reading back ${disk.path}`, total);
          verified(done);
        },
      });
      progress.end();
      if (options.format === "json") streams.json({ device: disk.path, bytes, verified: true });
      streams.say(
        `${disk.path} has the image (${size(bytes)}), which was read back and verified. Remove the card.`,
      );
      return exitCodes.fine;
    } finally {
      await stage.close();
    }
  } catch (error) {
    progress.end();
    if (isTouched)
      streams.say(
        `sensorbake: ${disk.path} is not bootable: its first megabyte is written only after the rest is verified`,
      );
    if (!signal.aborted || !isTouched) throw error;
    streams.say("sensorbake: interrupted");
    return exitCodes.interrupted;
  } finally {
    progress.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function* touching(
  blocks: AsyncIterable<{ readonly bytes: Uint8Array }>,
  onFirst: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of blocks) {
    onFirst();
    yield bytes;
  }
}

function tooSmall(disk: Disk, bytes: number): OutsideError {
  return new OutsideError(
    `the card has ${size(disk.bytes)}, but the image needs ${size(bytes)}`,
    "use a larger card",
  );
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
