import { createHash } from "node:crypto";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { alignedBuffer, type Card } from "./card.ts";

export const firstBytes = 1 << 20;
const blockBytes = 4 << 20;
const sectorBytes = 512;

/** Progress of writing a card, in bytes of the image. */
export type Watch = {
  readonly signal: AbortSignal;
  readonly onWrite: (bytes: number) => void;
  readonly onVerify: (bytes: number, total: number) => void;
  /** Before reading back: drops the system's cached data of the card. */
  readonly dropCaches: () => Promise<void>;
};

/**
 * Writes an image to a card of `cardBytes` and reads all of it back. The first megabyte, which is needed to boot, is
 * cleared first and written last, after the rest is verified. So a card that is removed early, or that loses data, does
 * not boot at all. Nothing is changed before the image's first block arrives.
 * Returns the bytes of the image. Throws `OutsideError` if the card fails or is too small.
 */
export async function writeCard(
  card: Card,
  cardBytes: number,
  image: AsyncIterable<Uint8Array>,
  watch: Watch,
): Promise<number> {
  const first = alignedBuffer(firstBytes);
  const { bytes, digests } = await writeRest(card, cardBytes, first, image, watch);
  await attempt("finish writing", () => card.sync());
  await watch.dropCaches();
  const buffer = alignedBuffer(blockBytes);
  let position = firstBytes;
  for (const digest of digests) {
    watch.signal.throwIfAborted();
    const part = buffer.subarray(0, Math.min(endOfBlock(position), padded(bytes)) - position);
    await compare(card, part, position, digest);
    position += part.length;
    watch.onVerify(position - firstBytes, bytes);
  }
  await attempt("write the beginning of the card", () => card.write(first, 0));
  await attempt("finish writing", () => card.sync());
  await watch.dropCaches();
  await compare(card, buffer.subarray(0, firstBytes), 0, digestOf(first));
  watch.onVerify(bytes, bytes);
  return bytes;
}

async function writeRest(
  card: Card,
  cardBytes: number,
  first: Uint8Array,
  image: AsyncIterable<Uint8Array>,
  { signal, onWrite }: Watch,
): Promise<{ readonly bytes: number; readonly digests: readonly string[] }> {
  const digests: string[] = [];
  // One buffer is written to the card while the other is filled.
  let [filling, other] = [alignedBuffer(blockBytes), alignedBuffer(blockBytes)];
  let writing: Promise<void> | undefined;
  let [bytes, filled, position] = [0, 0, firstBytes];
  const flush = async () => {
    const part = filling.subarray(0, padded(filled));
    part.fill(0, filled);
    digests.push(digestOf(part));
    await writing;
    const at = position;
    writing = attempt(`write at byte ${at}`, () => card.write(part, at));
    // The next await reports the failure; until then it must not count as unhandled.
    writing.catch(() => {});
    position += part.length;
    filled = 0;
    [filling, other] = [other, filling];
    onWrite(bytes);
  };
  try {
    for await (const block of image) {
      signal.throwIfAborted();
      if (bytes === 0) await attempt("write", () => card.write(first, 0).then(() => card.sync()));
      if (bytes + block.length > cardBytes)
        throw new OutsideError(`the image is larger than the card, which has ${cardBytes} bytes`);
      let rest = block;
      if (bytes < firstBytes) {
        first.set(rest.subarray(0, firstBytes - bytes), bytes);
        rest = rest.subarray(firstBytes - bytes);
      }
      bytes += block.length;
      while (rest.length > 0) {
        const room = endOfBlock(position) - position - filled;
        const part = rest.subarray(0, room);
        filling.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (part.length === room) await flush();
      }
    }
    if (filled > 0) await flush();
    await writing;
  } finally {
    // No write is in progress when the card is closed.
    await writing?.catch(() => {});
  }
  return { bytes, digests };
}

// Blocks end at multiples of their size, like the card's erase blocks.
function endOfBlock(position: number): number {
  return (Math.floor(position / blockBytes) + 1) * blockBytes;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / sectorBytes) * sectorBytes;
}

async function compare(card: Card, buffer: Uint8Array, position: number, digest: string): Promise<void> {
  // Clears the buffer, so that old content cannot be mistaken for read data.
  buffer.fill(0xa5);
  await attempt(`read back at byte ${position}`, () => card.read(buffer, position));
  if (digestOf(buffer) === digest) return;
  throw new OutsideError(
    `the card does not hold what was written: it differs between byte ${position} and ${position + buffer.length}`,
    "it is failing, or smaller than it claims; use another card",
  );
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof OutsideError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutsideError(`the card failed to ${what}: ${reason}`, "try another card, reader or cable");
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
