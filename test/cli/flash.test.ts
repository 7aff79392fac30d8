import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Card, openCard } from "../../src/card/card.ts";
import { disksOf } from "../../src/card/disks.ts";
import { flashCard } from "../../src/card/flash-card.ts";
import { type Machine, processMachine } from "../../src/card/machine.ts";
import type { FlashOptions } from "../../src/cli/flash/options.ts";
import { flash } from "../../src/cli/flash/run.ts";
import { exitCodes, UsageError } from "../../src/cli/shared/exit.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { loadFat } from "../../src/image/fat.ts";
import { inject } from "../../src/image/inject.ts";
import { makeImage } from "../../src/image/make-image.ts";
import { readyImage } from "../../src/image/ready-image.ts";
import type { Region } from "../../src/image/region.ts";
import { openSource, readImage } from "../../src/image/source.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { bootFilesFor } from "../support/boot-files.ts";
import { asCard, type Loop, makeLoop } from "../support/loop-device.ts";
import { needs } from "../support/needs.ts";
import { bootFile, imageTools, type Made, makePiImage } from "../support/pi-image.ts";
import { recordedStreams } from "../support/recorded-streams.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { typeTo } from "../support/typist.ts";

const test = suite("cli/flash");
const withLoops = needs(...imageTools, "losetup", "lsblk", "blockdev", "xz", "root");
const MiB = 1 << 20;
const cardBytes = 24 * MiB;

let folder = "";
let image: Made;
let loop: Loop | undefined;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "flash-"));
});
test.after(() => rmSync(folder, { recursive: true }));
test.after.each(() => {
  loop?.detach();
  loop = undefined;
});

function prepare(): Loop {
  if (image === undefined) {
    image = makePiImage(join(folder, "pi.img"), {
      kind: "raspios-13",
      files: 20,
      bootSize: 8,
      rootSize: 4,
      fat: 16,
    });
    execFileSync("xz", ["-0", "--keep", image.path]);
  }
  loop = makeLoop(join(folder, "card"), cardBytes);
  return loop;
}

type Answer = { readonly code: number | undefined; readonly result: string; readonly said: string };

async function run(
  words: readonly [image?: string, device?: string],
  given: Partial<FlashOptions>,
  more: { readonly machine?: Partial<Machine>; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const { streams, result, said } = recordedStreams();
  const spoken = () => said.map((line) => `${line}\n`).join("");
  const options: FlashOptions = {
    list: false,
    all: false,
    settings: "sensors.yaml",
    format: "text",
    ...given,
  };
  const path = loop?.path ?? "/dev/none";
  const machine = {
    ...processMachine(),
    listBlockDevices: async () => asCard(path, cardBytes),
    ...more.machine,
  };
  const context = { streams, signal: more.signal ?? new AbortController().signal };
  try {
    const code = await flash(words[0], words[1], options, context, machine);
    return { code, result: result(), said: spoken() };
  } catch (error) {
    if (!(error instanceof OutsideError || error instanceof UsageError)) throw error;
    return {
      code: undefined,
      result: result(),
      said: `${spoken()}${error.message} | ${error.hint ?? ""}`,
    };
  }
}

const cardHolds = (file: string, bytes: Uint8Array) =>
  Buffer.compare(readFileSync(file).subarray(0, bytes.length), bytes) === 0;
const beginsBlank = (file: string) =>
  readFileSync(file)
    .subarray(0, MiB)
    .every((byte) => byte === 0);
const isUntouched = (file: string) => readFileSync(file).every((byte) => byte === 0xee);

for (const name of ["pi.img", "pi.img.xz"])
  withLoops(test, `writes ${name} to a block device past the page cache`, async () => {
    const { path, file } = prepare();
    let wasDirect: boolean | undefined;
    const openIt = async (at: string) => {
      const card = await openCard(at);
      wasDirect = card.isDirect;
      return card;
    };
    const answer = await run(
      [join(folder, name), path],
      { yesReally: path, format: "json" },
      { machine: { openCard: openIt } },
    );
    assert.is(answer.code, exitCodes.fine, answer.said);
    assert.equal(JSON.parse(answer.result), { device: path, bytes: image.size, verified: true });
    assert.match(answer.said, /was read back and verified/);
    assert.is(wasDirect, true);
    assert.ok(cardHolds(file, readFileSync(image.path)));
  });

withLoops(test, "puts a sensor's boot files into a packed image on its way to the card", async () => {
  const { path, file } = prepare();
  const [fat, bootFiles] = [await loadFat(), bootFilesFor("lab")];
  const { signal } = new AbortController();
  const source = await openSource(join(folder, "pi.img.xz"));
  const made = await makeImage({ source, output: join(folder, "lab.img"), bootFiles, fat, signal });
  const stage = await open(join(folder, "head"), "w+");
  const change = (disk: Region) => void inject(disk, bootFiles, fat);
  const ready = readyImage(readImage(source, { signal }), stage.fd, { change });
  const image = (async function* () {
    for await (const { bytes } of ready) yield bytes;
  })();
  const [disk] = disksOf(asCard(path, cardBytes));
  if (disk === undefined) throw new Error("no disk");
  const machine = { ...processMachine(), listBlockDevices: async () => asCard(path, cardBytes) };
  const watch = { signal, onWrite: () => {}, onVerify: () => {} };
  assert.is(await flashCard({ machine, disk, image, ...watch }), made.bytes);
  await stage.close();
  assert.ok(cardHolds(file, readFileSync(made.path)));
});

withLoops(test, "writes a base with the boot files of a sensor of the settings", async () => {
  const { path, file } = prepare();
  process.env.WIFI_PSK = "correct horse";
  const given = { sensor: "attic-pi", settings: "examples/pi.yaml", yesReally: path };
  const answer = await run([join(folder, "pi.img.xz"), path], given);
  assert.is(answer.code, exitCodes.fine, answer.said);
  assert.match(bootFile({ ...image, path: file }, "meta-data").toString(), /instance-id: "?attic-pi-/);
  const other = await run([join(folder, "pi.img.xz"), path], { ...given, sensor: "school-pi" });
  assert.match(other.said, /the settings want Ubuntu/);
  assert.not.match(other.said, /bootable/);
});

/** A reader whose card is removed and replaced after each card, as `lsblk` shows it. */
function reader(path: string, facts: (insertion: number) => Readonly<Record<string, unknown>> = () => ({})) {
  let insertion = 0;
  let isEmpty = false;
  return {
    listBlockDevices: async () => asCard(path, isEmpty ? 0 : cardBytes, facts(insertion)),
    pause: async () => {
      if (isEmpty) insertion += 1;
      isEmpty = !isEmpty;
    },
  };
}

withLoops(test, "writes a card for each Pi, one after another", async () => {
  const { path, file } = prepare();
  const found: (string | undefined)[] = [];
  const machine = reader(path);
  const pause = async () => {
    found.push(
      /instance-id: "?([a-z0-9]+-[0-9]+)-/.exec(
        bootFile({ ...image, path: file }, "meta-data").toString(),
      )?.[1],
    );
    await machine.pause();
  };
  const given = { all: true, settings: "examples/class.yaml", yesReally: path, format: "json" as const };
  const answer = await run([join(folder, "pi.img.xz"), path], given, { machine: { ...machine, pause } });
  assert.is(answer.code, exitCodes.fine, answer.said);
  assert.equal(
    JSON.parse(answer.result).cards.map((card: { sensor: string }) => card.sensor),
    ["pi-01", "pi-02", "pi-03"],
  );
  // Each card was removed and the next one inserted.
  assert.equal(found, ["pi-01", "pi-01", "pi-02", "pi-02"]);
  assert.match(bootFile({ ...image, path: file }, "meta-data").toString(), /instance-id: "?pi-03-/);
  assert.match(answer.said, `next: pi-02 (2 of 3), insert a card into ${path}`);
  assert.match(answer.said, "3 cards written.");
});

withLoops(test, "takes another card in place of one that fails, and resumes with --from", async () => {
  const { path } = prepare();
  let opened = 0;
  const openIt = async (at: string): Promise<Card> => {
    const card = await openCard(at);
    opened += 1;
    return opened === 2 ? { ...card, sync: () => Promise.reject(new OutsideError("EIO: i/o error")) } : card;
  };
  const given = { all: true, from: "pi-02", settings: "examples/class.yaml", yesReally: path };
  const answer = await run([join(folder, "pi.img.xz"), path], given, {
    machine: { ...reader(path), openCard: openIt },
  });
  assert.is(answer.code, exitCodes.fine, answer.said);
  assert.is(opened, 3);
  assert.match(answer.said, /pi-03: .*EIO.*; use another card/);
  assert.match(answer.said, "2 cards written.");
  const none = await run(
    [join(folder, "pi.img.xz"), path],
    { ...given, from: "lab-1" },
    { machine: reader(path) },
  );
  assert.match(none.said, /no sensor with target: pi is named lab-1/);
});

withLoops(test, "does not write to another disk that takes the name of the reader", async () => {
  const { path, file } = prepare();
  const machine = reader(path, (insertion) => (insertion === 0 ? {} : { model: "Backup disk" }));
  const pause = async () => {
    await machine.pause();
    writeFileSync(file, new Uint8Array(cardBytes).fill(0xee));
  };
  const given = { all: true, settings: "examples/class.yaml", yesReally: path };
  const answer = await run([join(folder, "pi.img.xz"), path], given, { machine: { ...machine, pause } });
  assert.is(answer.code, undefined);
  assert.match(answer.said, /2 of 3 cards are not written\. Continue with --all --from pi-02\n/);
  assert.match(answer.said, /stdin is not a terminal, so this cannot be confirmed/);
  assert.ok(isUntouched(file));
});

type Spoil = (card: Card, file: string) => Partial<Card>;
const faults: readonly (readonly [string, Spoil, RegExp])[] = [
  [
    "a write that fails",
    (card) => ({
      write: (bytes, at) =>
        at >= 8 * MiB ? Promise.reject(new Error("EIO: i/o error")) : card.write(bytes, at),
    }),
    /failed to write at byte 8388608: EIO/,
  ],
  [
    "a write that is cut short",
    (card) => ({
      write: (bytes, at) => card.write(at === 8 * MiB ? bytes.subarray(0, bytes.length - 512) : bytes, at),
    }),
    /differs between byte 8388608 and 12582912/,
  ],
  [
    "a bit that is flipped before it is read back",
    (card, file) => ({
      sync: async () => {
        await card.sync();
        flipOn(file, 18 * MiB + 17);
      },
    }),
    /differs between byte 16777216/,
  ],
];
for (const [name, spoil, want] of faults)
  withLoops(test, `notices ${name} on a block device, and says that it does not boot`, async () => {
    const { path, file } = prepare();
    const openIt = async (at: string): Promise<Card> => {
      const card = await openCard(at);
      return { ...card, ...spoil(card, file) };
    };
    const answer = await run(
      [join(folder, "pi.img.xz"), path],
      { yesReally: path },
      { machine: { openCard: openIt } },
    );
    assert.is(answer.code, undefined);
    assert.match(answer.said, want);
    assert.match(answer.said, /is not bootable: its first megabyte/);
    assert.ok(beginsBlank(file));
  });

withLoops(test, "is stopped by Ctrl-C, and says that the card does not boot", async () => {
  const { path, file } = prepare();
  const stop = new AbortController();
  const openIt = async (at: string): Promise<Card> => {
    const card = await openCard(at);
    return {
      ...card,
      write: (bytes, position) => {
        if (position >= 8 * MiB) stop.abort();
        return card.write(bytes, position);
      },
    };
  };
  const answer = await run(
    [join(folder, "pi.img.xz"), path],
    { yesReally: path },
    { machine: { openCard: openIt }, signal: stop.signal },
  );
  assert.is(answer.code, exitCodes.interrupted);
  assert.match(answer.said, /is not bootable: its first megabyte/);
  assert.ok(beginsBlank(file));
});

const refusals: readonly (readonly [
  string,
  string,
  (path: string) => Parameters<typeof run>[1],
  Partial<Machine>,
  RegExp,
])[] = [
  [
    "without a word of consent",
    "pi.img",
    () => ({}),
    {},
    /stdin is not a terminal, so this cannot be confirmed/,
  ],
  ["a folder, before it asks", ".", () => ({}), {}, /is not a file/],
  ["what is no checksum, before it asks", "pi.img", () => ({ sha256: "0123" }), {}, /64 hexadecimal digits/],
  [
    "when the consent is to another device",
    "pi.img",
    () => ({ yesReally: "/dev/sda" }),
    {},
    /--yes-really names \/dev\/sda/,
  ],
  [
    "an image that is larger",
    "large.img",
    (path) => ({ yesReally: path }),
    {},
    /the card has 25\.2 MB, but the image needs 48\.2 MB/,
  ],
  ["a file that is no image", "text", (path) => ({ yesReally: path }), {}, /not a disk image/],
  [
    "what is really a loop device",
    "pi.img",
    (path) => ({ yesReally: path }),
    { listBlockDevices: processMachine().listBlockDevices },
    /is not a disk \(loop\)/,
  ],
  [
    "a card that cannot be unmounted",
    "pi.img",
    (path) => ({ yesReally: path }),
    mounted(() => Promise.reject(new Error("target is busy"))),
    /\/media\/ann\/x cannot be unmounted: target is busy/,
  ],
];
for (const [name, given, options, machine, want] of refusals)
  withLoops(test, `refuses ${name}, and touches nothing`, async () => {
    const { path, file } = prepare();
    if (given === "large.img")
      makePiImage(join(folder, given), { kind: "raspios-13", files: 1, rootSize: 30, bootSize: 8, fat: 16 });
    if (given === "text") writeFileSync(join(folder, given), "no image ".repeat(1000));
    const answer = await run([join(folder, given), path], options(path), { machine });
    assert.is(answer.code, undefined);
    assert.match(answer.said, want);
    assert.not.match(answer.said, /bootable/);
    assert.ok(isUntouched(file));
  });

// This machine, except that its lsblk reports the loop device as a card.
function withCard(path: string): Readonly<Record<string, string>> {
  const tools = join(folder, "tools");
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, "lsblk"), `#!/bin/sh\necho '${asCard(path, cardBytes)}'\n`, { mode: 0o755 });
  return { PATH: `${tools}:${process.env.PATH}` };
}

const withTerminal = needs(...imageTools, "losetup", "blockdev", "script", "xz", "root");

for (const [name, type, code, words] of [
  ["another name", (own: string) => `${own}1\n`, 2, /the name does not match; nothing was written/],
  ["nothing", () => "\n", 2, /the name does not match; nothing was written/],
  ["Ctrl-C", () => "\x03", 130, /interrupted; no file was left incomplete/],
  ["Ctrl-D", () => "\x04", 2, /the input ended before all questions were answered/],
] as const)
  withTerminal(test, `asks for the name of the card, and is answered with ${name}`, async () => {
    const { path, file } = prepare();
    const own = path.replace("/dev/", "");
    const answers = [[`Type its name (${own}) to continue:`, type(own)]] as const;
    const given = { cwd: folder, env: withCard(path) };
    const ended = await typeTo(["flash", image.path, path], answers, given);
    assert.is(ended.code, code, ended.screen);
    assert.match(ended.screen, words);
    assert.match(ended.screen, `All data on ${path} (25.2 MB, Stand-in, serial 0001, usb) will be lost.`);
    assert.ok(isUntouched(file));
  });

withTerminal(test, "asks for the name of the card, and writes it with a progress bar", async () => {
  const { path, file } = prepare();
  const own = path.replace("/dev/", "");
  const env = { ...withCard(path), TERM: "xterm" };
  const answers = [[`Type its name (${own}) to continue:`, `${own}\n`]] as const;
  const ended = await typeTo(["flash", `${image.path}.xz`, path], answers, { cwd: folder, env });
  assert.is(ended.code, 0, ended.screen);
  assert.match(ended.screen, /\rwriting \/dev\/loop\d+ \[[#.]+\] +\d+ %/);
  const words = ended.screen.replace(/\s+/g, " ");
  assert.match(words, /\(\d+\.\d MB\), which was read back and verified\. Remove the card\./);
  assert.ok(cardHolds(file, readFileSync(image.path)));
});

withLoops(test, "refuses a device that is mounted, whatever lsblk says", async () => {
  const { path } = prepare();
  const at = join(folder, "mounted");
  mkdirSync(at);
  execFileSync("mke2fs", ["-q", "-t", "ext4", path]);
  execFileSync("mount", [path, at]);
  try {
    const answer = await run([join(folder, "pi.img"), path], { yesReally: path });
    assert.match(answer.said, /^\/dev\/loop\d+ is in use/);
  } finally {
    execFileSync("umount", [at]);
  }
});

withLoops(test, "refuses a device that is mounted in another mount namespace alone", async () => {
  const { path, file } = prepare();
  const at = join(folder, "elsewhere");
  mkdirSync(at, { recursive: true });
  execFileSync("mke2fs", ["-q", "-t", "ext4", path]);
  const script = 'mount "$1" "$2" && echo mounted && exec cat';
  const words = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", path, at];
  const holder = spawn("unshare", words, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(holder.stdout, "data");
    assert.not.match(readFileSync("/proc/self/mounts", "utf8"), /elsewhere/);
    assert.match((await run([join(folder, "pi.img"), path], { yesReally: path })).said, /is in use/);
    const listed = await run([], { list: true });
    assert.is(listed.result, "");
    // The magic number of ext4.
    assert.is(readFileSync(file).readUInt16LE(1080), 0xef53);
  } finally {
    holder.stdin.end();
    await once(holder, "close");
  }
});

withLoops(test, "refuses a disk that blkid reports as encrypted", async () => {
  const { path, file } = prepare();
  // The header of LUKS: its magic, and version 1.
  const header = Buffer.alloc(1024);
  header.write("LUKS\xba\xbe\x00\x01", "latin1");
  header.write("cbc-plain64", 40);
  header.write("8c3e4b0a-3f64-4c57-9b3c-0d6d1d4c8a11", 168);
  const device = await open(path, "r+");
  await device.write(header, 0, header.length, 0);
  await device.sync();
  await device.close();
  const listBlockDevices = async () => {
    const { blockdevices } = JSON.parse(await processMachine().listBlockDevices());
    const [own] = blockdevices.filter((each: { readonly path: string }) => each.path === path);
    return JSON.stringify({ blockdevices: [{ ...own, type: "disk", tran: "usb" }] });
  };
  const given = { machine: { listBlockDevices } };
  assert.match(
    (await run([join(folder, "pi.img"), path], { yesReally: path }, given)).said,
    /\(crypto_LUKS\)/,
  );
  assert.ok(readFileSync(file).subarray(0, 4).equals(Buffer.from("LUKS")));
});

test("flash-emmc: lists no chip that is soldered in", async () => {
  const env = { PATH: `${join(packageRoot(), "test/cases/flash-emmc")}:${process.env.PATH}` };
  const ended = await sensorbake(["flash", "--list"], { env });
  assert.is(ended.code, 0, ended.stderr);
  assert.is(ended.stdout.toString(), "");
});

withLoops(test, "leaves a card blank at its beginning when the image turns out to be another", async () => {
  const { path, file } = prepare();
  writeFileSync(join(folder, "pi.img.xz.sha256"), `${"0".repeat(64)}  pi.img.xz\n`);
  const answer = await run([join(folder, "pi.img.xz"), path], { yesReally: path });
  rmSync(join(folder, "pi.img.xz.sha256"));
  assert.match(answer.said, /has a different checksum/);
  assert.match(answer.said, /is not bootable: its first megabyte/);
  assert.ok(beginsBlank(file));
});

withLoops(test, "unmounts a desktop's mounts", async () => {
  const { path } = prepare();
  const unmounted: string[] = [];
  const machine = mounted(async (at) => void unmounted.push(at));
  assert.is(
    (await run([join(folder, "pi.img"), path], { yesReally: path }, { machine })).code,
    exitCodes.fine,
  );
  assert.equal(unmounted, ["/media/ann/x"]);
});

withLoops(test, "refuses when another card has taken the name meanwhile", async () => {
  const { path, file } = prepare();
  let asked = 0;
  const listBlockDevices = async () => asCard(path, cardBytes, { serial: String(asked++) });
  const answer = await run(
    [join(folder, "pi.img"), path],
    { yesReally: path },
    { machine: { listBlockDevices } },
  );
  assert.match(answer.said, /is not the card that was shown before/);
  assert.ok(isUntouched(file));
});

test("lists cards with size, model and serial, and nothing else", async () => {
  const listBlockDevices = async () =>
    JSON.stringify({
      blockdevices: [
        ...JSON.parse(asCard("/dev/sdb", 31_914_983_424)).blockdevices,
        ...JSON.parse(asCard("/dev/sdc", 31_914_983_424, { model: "\x1b[2Jcard" })).blockdevices,
        ...JSON.parse(asCard("/dev/nvme0n1", 1e12, { tran: "nvme" })).blockdevices,
      ],
    });
  const { code, result } = await run([], { list: true }, { machine: { listBlockDevices } });
  assert.is(code, exitCodes.fine);
  assert.is(
    result,
    "/dev/sdb (31.9 GB, Stand-in, serial 0001, usb)\n" +
      "/dev/sdc (31.9 GB, \\u{1b}[2Jcard, serial 0001, usb)\n",
  );
  const missing = await run(["pi.img"], {}, { machine: { listBlockDevices } });
  assert.match(missing.said, /the device argument is missing \| cards: \/dev\/sdb/);
});

for (const platform of ["darwin", "win32"])
  test(`prints the lines for Raspberry Pi Imager on ${platform}`, async () => {
    const plain = await run(["my pi.img.xz", "/dev/disk4"], {}, { machine: { platform } });
    assert.is(plain.result, "rpi-imager --cli 'my pi.img.xz' /dev/disk4\n");
    assert.is(plain.code, exitCodes.outside);
    const sensor = await run(["pi.img.xz", "/dev/disk4"], { sensor: "attic-pi" }, { machine: { platform } });
    assert.is(
      sensor.result,
      "sensorbake image pi.img.xz -o attic-pi.img --settings sensors.yaml --sensor attic-pi\nrpi-imager --cli attic-pi.img /dev/disk4\n",
    );
  });

test("refuses --all beside --sensor, and a disk that is built in, before any question", async () => {
  const both = await run(["pi.img", "/dev/sdb"], { all: true, sensor: "a" });
  assert.match(both.said, /--all and --sensor cannot be combined/);
  assert.match((await run(["pi.img", "/dev/sdb"], { from: "a" })).said, /--from requires --all/);
  writeFileSync(join(folder, "any.img"), "");
  const listBlockDevices = async () => asCard("/dev/nvme0n1", 1e12, { tran: "nvme" });
  const given = { all: true, settings: "examples/class.yaml" };
  const builtIn = await run([join(folder, "any.img"), "/dev/nvme0n1"], given, {
    machine: { listBlockDevices },
  });
  assert.match(builtIn.said, /is built in/);
});

test("refuses --all with a device that no card can have, instead of waiting for it", async () => {
  writeFileSync(join(folder, "any.img"), "");
  const listBlockDevices = async () => asCard("/dev/sdb", cardBytes);
  const given = { all: true, settings: "examples/class.yaml" };
  const answer = await run([join(folder, "any.img"), "sdb"], given, { machine: { listBlockDevices } });
  assert.match(answer.said, /there is no disk sdb \| did you mean \/dev\/sdb\?/);
});

function mounted(unmount: Machine["unmount"]): Partial<Machine> {
  const part = {
    type: "part",
    mountpoints: ["/media/ann/x"],
    path: "/dev/x1",
    size: 1,
    model: null,
    serial: null,
  };
  const children = [{ ...part, tran: null, fstype: null, ro: false }];
  return { unmount, listBlockDevices: async () => asCard(loop?.path ?? "", cardBytes, { children }) };
}

function flipOn(file: string, position: number): void {
  const script = `printf '\\377' | dd of="$1" bs=1 seek=${position} conv=notrunc status=none`;
  execFileSync("sh", ["-c", script, "sh", file]);
}

test.run();
