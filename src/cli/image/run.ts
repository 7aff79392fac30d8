import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BootFiles, ImageKind } from "../../artifacts/boot-files.ts";
import { numberOf } from "../../diagnostics/number-of.ts";
import { imageNames } from "../../image/detect.ts";
import { loadFat } from "../../image/fat.ts";
import { hashFile } from "../../image/hash-file.ts";
import { imagerList } from "../../image/imager-list.ts";
import { inject } from "../../image/inject.ts";
import { type MadeImage, writeChecksum } from "../../image/make-image.ts";
import { makeImages } from "../../image/make-images.ts";
import { fileRegion } from "../../image/region.ts";
import { openSource } from "../../image/source.ts";
import { readRelease } from "../../load/read-release.ts";
import { openBase } from "../shared/base-image.ts";
import { bootFilesOf } from "../shared/boot-files-of.ts";
import { chooseSensors } from "../shared/chosen-sensors.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { counted, showProgress, size } from "../shared/progress.ts";
import { checkMayWrite, replaceFile } from "../shared/replace-file.ts";
import type { Streams } from "../shared/streams.ts";
import { type ImageOptions, isSeveral } from "./options.ts";
import { writeSeeds } from "./run-seed.ts";

/** Makes images, changes one in place, or makes seed volumes; returns the exit code. */
export async function image(
  base: string | undefined,
  options: ImageOptions,
  context: Context,
): Promise<number> {
  checkOptions(base, options);
  if (base === undefined) throw new UsageError("the base image is missing", "sensorbake image BASE -o OUT");
  const given = options.seed
    ? ({ settings: base, target: "nocloud" } as const)
    : ({ settings: options.settings ?? "sensors.yaml", target: "pi" } as const);
  const chosen = await chooseSensors({ ...options, ...given }, context.streams);
  if (options.seed) return writeSeeds(chosen, options, context);

  const release = await readRelease();
  const wanted: { readonly name: string; readonly bootFiles: BootFiles }[] = [];
  for (const sensor of counted(chosen.sensors, "compiling", "sensors", context.streams.status))
    wanted.push({ name: sensor.plan.name, bootFiles: bootFilesOf(sensor, release) });
  if (options.inPlace) return changeInPlace(base, wanted, options, context);
  return writeImages(base, wanted, options, context);
}

type Sensor = { readonly name: string; readonly bootFiles: BootFiles };

function checkOptions(base: string | undefined, options: ImageOptions): void {
  const { seed, settings, output, inPlace, compress, sha256 } = options;
  const all = isSeveral(options);
  if (seed && (base === undefined || settings !== undefined))
    throw new UsageError("--seed takes only the settings file", "sensorbake image --seed FILE -o OUT");
  if (seed && inPlace) throw new UsageError("--seed and --in-place cannot be combined");
  if (inPlace && (all || output !== undefined || sha256 !== undefined))
    throw new UsageError(
      "--in-place changes the base for one sensor; it cannot be combined with --output, --all or --sha256",
    );
  if (!inPlace && output === undefined)
    throw new UsageError("the output path is missing", "add --output PATH");
  if (!seed && !inPlace && !all && !/\.img(\.gz|\.xz)?$/.test(output ?? ""))
    throw new UsageError(
      "the output name must end in .img, .img.gz or .img.xz, which selects the compression",
    );
  if (compress !== undefined && !["gz", "xz"].includes(compress))
    throw new UsageError("--compress must be gz or xz");
  if (compress !== undefined && (!all || seed))
    throw new UsageError(
      "--compress requires --all or several --sensor",
      "for one image the output name selects the compression: -o sensor.img.xz",
    );
}

async function writeImages(
  base: string,
  sensors: readonly Sensor[],
  options: ImageOptions,
  { streams, signal }: Context,
): Promise<number> {
  const ending = options.compress === undefined ? ".img" : `.img.${options.compress}`;
  const output = options.output ?? "";
  const wanted = sensors.map((sensor) => ({
    ...sensor,
    output: isSeveral(options) ? join(output, `${sensor.name}${ending}`) : output,
  }));
  for (const each of wanted) await checkMayWrite(each.output, base, options.force);
  const progress = showProgress(streams.status);
  try {
    const { source, sha256 } = await openBase(base, options.sha256, progress.stage, signal);
    const fat = await loadFat();
    const leaveOut = (name: string, fits: readonly ImageKind[]) =>
      streams.say(`${name} is skipped: it needs ${fits.map((kind) => imageNames[kind]).join(" or ")}`);
    const { stage } = progress;
    const made = await makeImages({ source, wanted, sha256, signal, fat, stage, leaveOut });
    const date = (await stat(source.path)).mtime.toISOString().slice(0, 10);
    const listed = made.map((each) => ({ ...each, url: addressOf(each.made.path, options.url) }));
    const manifest = isSeveral(options)
      ? join(output, "sensors.rpi-imager-manifest")
      : `${output}.rpi-imager-manifest`;
    await replaceFile(manifest, imagerList(listed, date), 0o644);
    progress.end();
    answer(listed, manifest, options, streams);
    return exitCodes.fine;
  } finally {
    progress.end();
  }
}

function addressOf(path: string, url: string | undefined): string {
  if (url === undefined) return pathToFileURL(resolve(path)).href;
  return `${url.replace(/\/+$/, "")}/${encodeURIComponent(basename(path))}`;
}

async function changeInPlace(
  path: string,
  [sensor]: readonly Sensor[],
  { format }: ImageOptions,
  { streams, signal }: Context,
): Promise<number> {
  if (sensor === undefined) throw new UsageError("no sensor");
  const { form } = await openSource(path);
  if (form !== "img")
    throw new UsageError(
      `${path} is compressed (${form}), but --in-place changes only uncompressed images`,
      "unpack it, or write another with --output",
    );
  const fat = await loadFat();
  const file = await open(path, "r+");
  try {
    const region = fileRegion(file.fd, (await file.stat()).size);
    const { kind, written } = inject(region, sensor.bootFiles, fat);
    await file.sync();
    if (written.length > 0) await correctWhatLiesBeside(path, signal, streams);
    const facts = { sensor: sensor.name, path, kind, written };
    if (format === "json") streams.json(facts);
    else streams.result(written.map((name) => `${path}: ${name}\n`).join(""));
    streams.say(
      written.length === 0 ? `${path} was already up to date` : `${path} is now the image of ${sensor.name}`,
    );
  } finally {
    await file.close();
  }
  return exitCodes.fine;
}

// An image made by sensorbake has a checksum file, which is wrong now.
async function correctWhatLiesBeside(path: string, signal: AbortSignal, streams: Streams): Promise<void> {
  if (existsSync(`${path}.sha256`)) await writeChecksum(path, await hashFile(path, signal));
  const manifest = `${path}.rpi-imager-manifest`;
  if (existsSync(manifest)) streams.say(`${manifest} still describes the image before this change`);
}

function answer(
  listed: readonly { readonly name: string; readonly made: MadeImage }[],
  manifest: string,
  { format, settings = "sensors.yaml" }: ImageOptions,
  streams: Streams,
): void {
  if (format === "json") {
    const images = listed.map(({ name, made }) => ({
      sensor: name,
      path: made.path,
      bytes: made.bytes,
      sha256: made.sha256,
      image_bytes: made.imageBytes,
      image_sha256: made.imageSha256,
      kind: made.kind,
    }));
    streams.json({ images, manifest });
    return;
  }
  for (const { made } of listed) streams.print(`${made.path}  ${size(made.bytes)}, sha256 ${made.sha256}\n`);
  const [first] = listed;
  if (first === undefined) return;
  if (listed.length > 1) {
    const bytes = listed.reduce((sum, { made }) => sum + made.bytes, 0);
    streams.say(`${numberOf(listed.length, "image")}, ${size(bytes)}`);
  }
  streams.say(`Write it to a card:         sensorbake flash ${first.made.path} DEVICE`);
  if (listed.length > 1)
    streams.say(`Labels for the cards:       sensorbake labels ${settings} -o labels.html`);
  streams.say(`or with Raspberry Pi Imager: rpi-imager --repo ${manifest}`);
}
