import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeCard } from "../../src/card/write-card.ts";
import { refusalOf } from "../support/boot-files.ts";
import { type Faults, fakeCard } from "../support/fake-card.ts";

const test = suite("card: writing");
const MiB = 1 << 20;
const cardBytes = 16 * MiB;

function pattern(bytes: number): Uint8Array {
  const content = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 4)
    new DataView(content.buffer).setUint32(at, Math.imul(at, 2654435761), true);
  return content;
}

async function* inBlocks(content: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

const image = pattern(11 * MiB + 512 * 3);

function write(card: ReturnType<typeof fakeCard>, content = image, more: object = {}): Promise<number> {
  const watch = { signal: new AbortController().signal, onWrite: () => {}, onVerify: () => {} };
  return writeCard(card, cardBytes, inBlocks(content, 65_000), {
    ...watch,
    dropCaches: async () => {},
    ...more,
  });
}

const holds = (card: ReturnType<typeof fakeCard>, content = image) =>
  Buffer.compare(card.content.subarray(0, content.length), content) === 0;
const beginsBlank = (card: ReturnType<typeof fakeCard>) =>
  card.content.subarray(0, MiB).every((byte) => byte === 0);

test("blanks the first megabyte, writes the rest in aligned blocks, reads it back, and then writes the first", async () => {
  const card = fakeCard(cardBytes);
  const [written, verified]: [number[], number[]] = [[], []];
  const onVerify = (bytes: number) => verified.push(bytes);
  assert.is(
    await write(card, image, { onWrite: (bytes: number) => written.push(bytes), onVerify }),
    image.length,
  );
  assert.ok(holds(card));
  assert.ok(card.content.subarray(image.length).every((byte) => byte === 0xee));
  const rest = [`${MiB} ${3 * MiB}`, `${4 * MiB} ${4 * MiB}`, `${8 * MiB} ${3 * MiB + 1536}`];
  assert.equal(card.calls, [
    ...[`write 0 ${MiB}`, "sync"],
    ...rest.map((block) => `write ${block}`),
    "sync",
    ...rest.map((block) => `read ${block}`),
    ...[`write 0 ${MiB}`, "sync", `read 0 ${MiB}`],
  ]);
  assert.is(written.at(-1), image.length);
  assert.is(verified.at(-1), image.length);
});

for (const bytes of [512, 100_000, MiB, MiB + 1, 4 * MiB, 4 * MiB + 100, 8 * MiB, cardBytes])
  test(`writes an image of ${bytes} bytes`, async () => {
    const card = fakeCard(cardBytes);
    const content = pattern(bytes + (4 - (bytes % 4))).subarray(0, bytes);
    assert.is(await write(card, content), bytes);
    assert.ok(holds(card, content));
  });

const faults: readonly (readonly [string, Faults, RegExp])[] = [
  [
    "a write that is lost",
    { losesWriteAt: 4 * MiB },
    /does not hold what was written: it differs between byte 4194304 and 8388608/,
  ],
  ["a write that is cut short", { losesTailAt: MiB }, /differs between byte 1048576 and 4194304/],
  ["a write that fails", { failsWriteAt: 4 * MiB }, /failed to write at byte 4194304: EIO/],
  ["the last write failing", { failsWriteAt: 8 * MiB }, /failed to write at byte 8388608: EIO/],
  ["a read that fails", { failsReadAt: 4 * MiB }, /failed to read back at byte 4194304: EIO/],
  ["a bit that is flipped", { flipsBitAt: 9 * MiB }, /differs between byte 8388608/],
  ["the very last bit flipped", { flipsBitAt: image.length - 1 }, /differs between byte 8388608/],
  ["a sync that fails", { failsSync: true }, /failed to write: EIO/],
  ["a card that is smaller than it says", { trueBytes: 8 * MiB }, /does not hold what was written/],
];
for (const [name, given, want] of faults)
  test(`notices ${name}, and leaves a card that does not boot`, async () => {
    const card = fakeCard(cardBytes, given);
    assert.match(await refusalOf(() => write(card)), want);
    if (given.trueBytes === undefined) assert.ok(beginsBlank(card));
  });

test("notices when the first megabyte itself is not kept", async () => {
  const card = fakeCard(cardBytes, { flipsBitAt: 100 });
  assert.match(await refusalOf(() => write(card)), /differs between byte 0 and 1048576/);
});

test("refuses an image larger than the card before the card's end is reached", async () => {
  const card = fakeCard(cardBytes);
  assert.match(await refusalOf(() => write(card, pattern(cardBytes + 4))), /larger than the card/);
  assert.ok(beginsBlank(card));
});

test("touches nothing when the image fails before its first block", async () => {
  const card = fakeCard(cardBytes);
  const watch = {
    signal: new AbortController().signal,
    onWrite: () => {},
    onVerify: () => {},
    dropCaches: async () => {},
  };
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield* [];
    throw new Error("no image");
  }
  let error: unknown;
  await writeCard(card, cardBytes, failing(), watch).catch((thrown: unknown) => {
    error = thrown;
  });
  assert.is((error as Error).message, "no image");
  assert.equal(card.calls, []);
});

for (const [name, at] of [
  ["writing", "onWrite"],
  ["reading back", "onVerify"],
] as const)
  test(`stops between blocks while ${name}, and leaves a card that does not boot`, async () => {
    const card = fakeCard(cardBytes);
    const stop = new AbortController();
    let error: unknown;
    await write(card, image, { signal: stop.signal, [at]: () => stop.abort() }).catch((thrown: unknown) => {
      error = thrown;
    });
    assert.is((error as Error).name, "AbortError");
    assert.ok(beginsBlank(card));
  });

test.run();
