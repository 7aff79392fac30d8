import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { aptMirrors } from "../emulation/apt-mirrors.ts";
import type { Architecture, BootDisk } from "../emulation/boot-disk.ts";
import { cloudPackages, type DebianRelease, debianSystem, debianTools } from "../emulation/debian.ts";
import { findProgram } from "../emulation/find-program.ts";
import { readImage } from "../emulation/image-file.ts";
import { type Checksum, digestOf, download, fetchText } from "../image/download.ts";
import { packages } from "../plan/packages.ts";
import type { Plan } from "../plan/plan.ts";
import type { OsName } from "../values/os-names.ts";

export type BaseOptions = {
  readonly plan: Plan;
  readonly architecture: Architecture;
  /** The system's cloud image, as a file or a URL; `undefined`: one that this machine makes. */
  readonly image: string | undefined;
  /** The image's checksum, if the user gives it. */
  readonly sha256: string | undefined;
  /** Folder of downloads and of systems made here. */
  readonly cache: string;
  readonly signal: AbortSignal;
  readonly report: (bytes: number, total: number | undefined) => void;
};

/** The system that a trial boots. */
export type Base = {
  readonly disk: BootDisk;
  /** What it is, for the report. */
  readonly what: string;
  /** Package sources that the system uses besides those of its publisher. */
  readonly sources: readonly string[];
};

/** Returns the system for a trial: from its publisher, verified, or made here with mmdebstrap. Throws `OutsideError`. */
export async function openBase(options: BaseOptions): Promise<Base> {
  const { image } = options;
  if (image === undefined) return makeBase(options);
  const path = /^[a-z]+:\/\//i.test(image)
    ? await fetchImage(image, options)
    : await checkedFile(resolve(image), options);
  const { format, bytes } = await readImage(path.file);
  // A cloud image is as small as its system, which grows to the size of the disk.
  const grownTo = Math.max(bytes, leastBytes);
  return {
    disk: { disk: path.file, format, architecture: options.architecture, grownTo },
    what: `${basename(image)}, ${path.verified}`,
    sources: [],
  };
}

const leastBytes = 10 * 2 ** 30;

const releases: Readonly<Partial<Record<OsName, DebianRelease>>> = {
  "debian-12": "debian-12",
  "debian-13": "debian-13",
  "raspios-12": "debian-12",
  "raspios-13": "debian-13",
};

// The packages of the sensor are in it, because an emulated machine needs five minutes to install them.
async function makeBase({ plan, architecture, cache, signal }: BaseOptions): Promise<Base> {
  const release = releases[plan.os];
  const lacks = debianTools.filter((name) => findProgram(name) === undefined);
  if (release === undefined || lacks.length > 0 || findProgram("apt-get") === undefined)
    throw new OutsideError(
      release === undefined
        ? `a system with ${plan.os} cannot be made here`
        : `a system with ${plan.os} cannot be made here without ${lacks.join(" and ") || "apt"}`,
      [
        "give the cloud image of the system's publisher: --image FILE or --image https://...",
        ...(release === undefined
          ? []
          : ["or, on Debian: apt install mmdebstrap e2fsprogs, and run this as root"]),
      ].join("\n"),
    );
  const mirrors = await aptMirrors();
  // Sensors that need the same packages share a system.
  const usual = new Set(cloudPackages(architecture));
  const more = packages(plan).filter((name) => !usual.has(name));
  const system = await debianSystem({ release, architecture, packages: more, files: {} }, cache, signal);
  return {
    disk: system,
    what: `${release} with the sensor's packages, made here by mmdebstrap`,
    sources: mirrors.sources("").flatMap((line) => line.match(/https?:\/\/\S+/)?.[0] ?? []),
  };
}

type Verified = { readonly file: string; readonly verified: string };

async function fetchImage(url: string, { sha256, cache, signal, report }: BaseOptions): Promise<Verified> {
  const checksum: Checksum =
    sha256 === undefined
      ? await publishedChecksum(url, (address) => fetchText(address, signal))
      : { algorithm: "sha256", hex: sha256 };
  const file = await download({ url, checksum, folder: cache, signal, report });
  return { file, verified: sha256 === undefined ? "verified against its publisher's checksums" : "verified" };
}

/** The checksum of an image in the list beside it. Throws `OutsideError` if no list has it. */
export async function publishedChecksum(
  url: string,
  read: (url: string) => Promise<string | undefined>,
): Promise<Checksum> {
  const name = decodeURIComponent(basename(new URL(url).pathname));
  for (const [list, algorithm] of lists) {
    const hex = entryOf((await read(new URL(list, url).href)) ?? "", name, algorithm);
    if (hex !== undefined) return { algorithm, hex };
  }
  throw new OutsideError(
    `no list of checksums beside ${url} has ${name}`,
    "add the checksum from its publisher: --sha256 CHECKSUM",
  );
}

const lists = [
  ["SHA512SUMS", "sha512"],
  ["SHA256SUMS", "sha256"],
] as const;

function entryOf(text: string, name: string, algorithm: Checksum["algorithm"]): string | undefined {
  const digits = algorithm === "sha512" ? 128 : 64;
  for (const line of text.split("\n")) {
    const [, hex, file] = /^([0-9a-f]+) [ *](.+?)\r?$/i.exec(line) ?? [];
    if (file === name && hex?.length === digits) return hex.toLowerCase();
  }
  return undefined;
}

async function checkedFile(path: string, { sha256, signal }: BaseOptions): Promise<Verified> {
  const read = (name: string) => readFile(join(dirname(path), name), "utf8").catch(() => "");
  let checksum: Checksum | undefined =
    sha256 === undefined ? undefined : { algorithm: "sha256", hex: sha256 };
  for (const [list, algorithm] of lists) {
    const hex = checksum === undefined ? entryOf(await read(list), basename(path), algorithm) : undefined;
    if (hex !== undefined) checksum = { algorithm, hex };
  }
  if (checksum === undefined) return { file: path, verified: "not verified" };
  const found = await digestOf(path, checksum.algorithm, signal);
  if (found !== checksum.hex.toLowerCase())
    throw new OutsideError(
      `${path} has a different checksum: its ${checksum.algorithm} is ${found}`,
      "download it again from its publisher",
    );
  return { file: path, verified: "verified" };
}
