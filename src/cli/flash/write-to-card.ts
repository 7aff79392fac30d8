import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootFiles } from "../../artifacts/boot-files.ts";
import type { Disk } from "../../card/disks.ts";
import { flashCard } from "../../card/flash-card.ts";
import type { Machine } from "../../card/machine.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { loadFat } from "../../image/fat.ts";
import { inject } from "../../image/inject.ts";
import { endOfPartitions } from "../../image/partitions.ts";
import { readyImage } from "../../image/ready-image.ts";
import { readImage } from "../../image/source.ts";
import { openBase } from "../shared/base-image.ts";
import type { Context } from "../shared/context.ts";
import { showProgress, size } from "../shared/progress.ts";

/** One card to write. */
export type CardJob = {
  readonly image: string;
  readonly sha256: string | undefined;
  readonly disk: Disk;
  readonly bootFiles: BootFiles | undefined;
  readonly machine: Machine;
  /** Called when the first byte was written. */
  readonly onTouch?: () => void;
};

/**
 * Writes an image, or a sensor's, to a card and reads it back. Returns the bytes of the image; `undefined` if the user
 * interrupted the writing. After a failure it reports whether the card is still bootable.
 */
export async function writeToCard(
  { image, sha256: given, disk, bootFiles, machine, onTouch = () => {} }: CardJob,
  { streams, signal }: Context,
): Promise<number | undefined> {
  const progress = showProgress(streams.status);
  let isTouched = false;
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-"));
  try {
    const { source, sha256 } = await openBase(image, given, progress.stage, signal);
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
          onTouch();
        }),
        onWrite: (done) => written(done, Math.max(done + 1, share > 0 ? done / share : 0)),
        onVerify: (done, total) => {
          written(total, total);
          verified ??= progress.stage(`reading back ${disk.path}`, total);
          verified(done);
        },
      });
      progress.end();
      streams.say(
        `${disk.path} has the image (${size(bytes)}), which was read back and verified. Remove the card.`,
      );
      return bytes;
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
    return undefined;
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
