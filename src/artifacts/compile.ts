import type { Plan } from "../plan/plan.ts";
import type { PiBoot } from "../plan/resolve-pi-boot.ts";
import type { Target } from "../plan/targets.ts";
import { targets } from "../plan/targets.ts";
import { base64 } from "./archive.ts";
import { type Artifact, partsOf } from "./artifact.ts";
import type { BootFiles } from "./boot-files.ts";
import { type Delivery, splitForSsh } from "./delivery.ts";
import { settingsDigest, sha256 } from "./digest.ts";
import { metaData } from "./meta-data.ts";
import { networkConfig } from "./network-config.ts";
import type { Secrets, Template } from "./payload.ts";
import { payload } from "./payload.ts";
import type { PiSensor } from "./pi/backend.ts";
import { piBackends } from "./pi/backends.ts";
import { cardReadme } from "./pi/card-readme.ts";
import { piReadme } from "./pi/readme.ts";
import { type Programs, splitPrograms } from "./programs.ts";
import { readme } from "./readme.ts";
import { seedFiles } from "./seed.ts";
import type { TooLarge, UserData } from "./user-data.ts";
import { userData } from "./user-data.ts";

/** The input that all sensors share. */
export type Release = {
  readonly version: string;
  readonly templates: readonly Template[];
  /** Web folders with this version's programs archive. */
  readonly folders: readonly string[];
};

/** One compiled sensor: its files (paths relative to its folder) and its user-data. */
export type Compiled = {
  readonly kind: "compiled";
  readonly userData: UserData;
  readonly artifacts: readonly Artifact[];
  /** The files for the boot partition; only on a Raspberry Pi. */
  readonly bootFiles?: BootFiles;
  /** The files in the user-data. */
  readonly held: readonly Artifact[];
  /** The programs that the sensor downloads at its first boot, because its user-data is too small. */
  readonly programs?: Programs;
  /** The files that `sensorbake apply` sends over SSH; then the user-data contains no secret. */
  readonly delivery?: Delivery;
};

/** `seed`: without the files of a baked image. */
export type Extent = "whole" | "seed";

/** A sensor from a baked image needs only the seed. */
function usualExtent({ ec2 }: Plan): Extent {
  return ec2?.image.kind === "baked" ? "seed" : "whole";
}

/** All files that a sensor's user-data writes to its disk. */
export function sensorFiles(
  plan: Plan,
  secrets: Secrets,
  release: Release,
  extent = usualExtent(plan),
): readonly Artifact[] {
  const build = {
    sensor: plan.name,
    target: plan.target,
    sensorbake: release.version,
    settings_digest: settingsDigest(plan),
  };
  const files = payload(plan, secrets, release.templates, build);
  return extent === "seed" ? seedFiles(files, release.templates) : files;
}

/** Compiles one sensor. Pure: the same plan, secrets and release produce the same bytes on any machine and day. */
export function compile(
  plan: Plan,
  secrets: Secrets,
  release: Release,
  extent = usualExtent(plan),
): Compiled | TooLarge {
  const digest = settingsDigest(plan);
  const laid = sensorFiles(plan, secrets, release, extent);
  if (plan.piBoot !== undefined) {
    const { held, delivery } = heldOnCard(plan, laid, release);
    const sensor = { plan, secrets, digest, payload: held, templates: release.templates };
    return {
      kind: "compiled",
      ...compilePi(plan.piBoot, sensor, release.version, delivery),
      held,
      ...(delivery && { delivery }),
    };
  }
  const { data, held, programs, delivery } = fittingUserData(plan, laid, release);
  if (data.kind === "too-large") return data;
  const network = networkConfig(plan);
  const files: Artifact[] = [
    { path: "meta-data", mode: 0o644, content: metaData(plan, digest).text },
    ...(network === undefined ? [] : [{ path: "network-config", mode: 0o644, content: network }]),
    { path: "user-data", mode: 0o600, content: data.text, parts: data.parts },
    ...encodedForms(data, targets[plan.target]),
    ...(programs === undefined || plan.programsUrl === undefined
      ? []
      : [{ path: programs.name, mode: 0o644, content: programs.archive }]),
  ];
  const named = files.map((file) => file.path);
  files.push({
    path: "README.txt",
    mode: 0o644,
    content: readme(plan, data, {
      handed: handedFile(data, targets[plan.target]),
      files: named,
      programs,
      delivery,
      isSeed: extent === "seed",
    }),
  });
  return {
    kind: "compiled",
    userData: data,
    artifacts: withSums(files),
    held,
    ...(programs && { programs }),
    ...(delivery && { delivery }),
  };
}

type Handed = {
  readonly data: UserData | TooLarge;
  readonly held: readonly Artifact[];
  readonly programs?: Programs;
  readonly delivery?: Delivery;
};

// In the user-data if it fits; else from the web servers of the settings and of the release; else over SSH.
function fittingUserData(plan: Plan, files: readonly Artifact[], release: Release): Handed {
  const { templates } = release;
  if (plan.delivery !== "ssh") {
    const data = userData(plan, files, templates);
    if (data.kind !== "too-large") return { data, held: files };
    const folders = [...(plan.programsUrl === undefined ? [] : [plan.programsUrl]), ...release.folders];
    if (folders.length > 0) {
      const { programs, rest } = splitPrograms(files, templates, folders);
      return { data: userData(plan, rest, templates), held: rest, programs };
    }
    if (plan.delivery === "user-data") return { data, held: files };
  }
  const { waiting, delivery } = splitForSsh(files, templates);
  return { data: userData(plan, waiting, templates), held: waiting, delivery };
}

// A card has enough space, so SSH is used only if the settings ask for it.
function heldOnCard(plan: Plan, files: readonly Artifact[], release: Release): Omit<Handed, "data"> {
  if (plan.delivery !== "ssh") return { held: files };
  const { waiting, delivery } = splitForSsh(files, release.templates);
  return { held: waiting, delivery };
}

function compilePi(
  boot: PiBoot,
  sensor: PiSensor,
  version: string,
  delivery: Delivery | undefined,
): Omit<Compiled, "kind" | "held"> {
  const backend = piBackends.find((each) => each.boot === boot);
  if (backend === undefined) throw new Error(`no backend makes boot files for ${boot}`);
  const { userData: data, ...made } = backend.compile(sensor);
  const card = { path: "SENSOR-README.txt", mode: 0o644, content: cardReadme(sensor.plan, version) };
  const bootFiles = { ...made, files: [...made.files, card] };
  const text = piReadme(sensor.plan, data, bootFiles, delivery);
  return {
    userData: data,
    artifacts: withSums([...bootFiles.files, { path: "README.txt", mode: 0o644, content: text }]),
    bootFiles,
  };
}

/** The name of the file for the target: `user-data`, or its encoded form. */
export function handedFile(data: UserData, target: Target): string {
  if (data.form === "archive") return "honeypot.tar.gz";
  if (data.form !== "compressed") return "user-data";
  return target.wholeEncoding === "gzip" ? "user-data.gz" : "user-data.gz.base64";
}

// The encoded forms beside the readable one: the target's form, and its base64 if the provider's API needs that.
function encodedForms(data: UserData, target: Target): readonly Artifact[] {
  const handed = handedFile(data, target);
  const forms: Artifact[] = [];
  if (handed !== "user-data") forms.push({ path: handed, mode: 0o600, content: data.handed });
  if (target.api === "base64") {
    const bytes = typeof data.handed === "string" ? new TextEncoder().encode(data.handed) : data.handed;
    forms.push({ path: `${handed}.base64`, mode: 0o600, content: base64(bytes) });
  }
  return forms;
}

function withSums(files: readonly Artifact[]): readonly Artifact[] {
  const sorted = (list: readonly Artifact[]) => [...list].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted(files).map((file) => `${sha256(...partsOf(file))}  ${file.path}\n`);
  return sorted([...files, { path: "SHA256SUMS", mode: 0o644, content: lines.join("") }]);
}
