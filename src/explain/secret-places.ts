import type { Artifact } from "../artifacts/artifact.ts";
import { bytesOf } from "../artifacts/artifact.ts";
import { type Compiled, compile, type Release, sensorFiles } from "../artifacts/compile.ts";
import type { Secrets } from "../artifacts/payload.ts";
import type { TooLarge } from "../artifacts/user-data.ts";
import { once } from "../plan/once.ts";
import type { Plan } from "../plan/plan.ts";
import type { Secret } from "../plan/secret.ts";
import { factsOf, secretsOf } from "../plan/secrets.ts";
import type { Place, SecretPlaces } from "./explanation.ts";
import { placeholderOf } from "./placeholders.ts";

/**
 * Where each secret is stored. Compiles with two placeholder values: the files that differ contain the secret or data
 * derived from it. So no list of places has to be maintained, and no real value is needed.
 */
export function secretPlaces(
  plan: Plan,
  placeholders: Secrets,
  compiled: Compiled | TooLarge,
  release: Release,
): readonly SecretPlaces[] {
  const onSensor = sensorFiles(plan, placeholders, release);
  const inBuild = builtFiles(compiled);
  const buildPlaces = (changed: Secrets) =>
    differing("build", inBuild, builtFiles(compile(plan, changed, release)));
  // Secrets that are files of the payload travel with it: one more compilation finds the place of all of them, also for
  // other sensors with the same files.
  const known = placesKnown(release);
  const shape = shapeOf(plan, compiled, onSensor);
  const given = secretsOf(plan).map(({ name, secret }) => {
    const changed = new Map(placeholders).set(name, placeholderOf(name, "b"));
    const isInPayload = factsOf(name).file !== undefined;
    const built = (isInPayload ? known.get(shape) : undefined) ?? buildPlaces(changed);
    if (isInPayload) known.set(shape, built);
    return {
      setting: name,
      from: sourceInWords(secret),
      places: [...differing("sensor", onSensor, sensorFiles(plan, changed, release)), ...built],
    };
  });
  return [...given, ...ownKey(plan)];
}

// The places of secrets that are files of the payload, by the shape of the sensor.
const placesKnown = once((_: Release) => new Map<string, readonly Place[]>());

// Everything that decides in which built files the payload is.
function shapeOf(plan: Plan, compiled: Compiled | TooLarge, onSensor: readonly Artifact[]): string {
  const paths = (files: readonly Artifact[]) => files.map(({ path, mode }) => [path, mode]);
  const held = compiled.kind === "too-large" ? [] : paths(compiled.held);
  const form = compiled.kind === "too-large" ? "" : compiled.userData.form;
  return JSON.stringify([plan.target, plan.piBoot, form, held, paths(builtFiles(compiled)), paths(onSensor)]);
}

function builtFiles(compiled: Compiled | TooLarge): readonly Artifact[] {
  if (compiled.kind === "too-large") return [];
  return compiled.artifacts.filter(({ path }) => !tellOfOthers.includes(path));
}

// These contain digests and sizes of other files.
const tellOfOthers: readonly string[] = ["SHA256SUMS", "README.txt"];

function differing(
  where: Place["where"],
  files: readonly Artifact[],
  others: readonly Artifact[],
): readonly Place[] {
  const byPath = new Map(others.map((file) => [file.path, file]));
  return files
    .filter((file) => {
      const other = byPath.get(file.path);
      return other === undefined || Buffer.compare(bytesOf(file), bytesOf(other)) !== 0;
    })
    .map(({ path, mode }) => ({ where, path, mode: `0${mode.toString(8)}` }));
}

// `first-boot/50-transfer-key.sh` generates it where a key from the settings would be.
function ownKey({ transfer }: Plan): readonly SecretPlaces[] {
  if (transfer === undefined || transfer.privateKey !== undefined) return [];
  return [
    {
      setting: "transfer.generate_key",
      from: "generated on the sensor",
      places: [{ where: "sensor", path: "/etc/honeypot/secrets/transfer_key", mode: "0600" }],
    },
  ];
}

function sourceInWords(secret: Secret): string {
  if (secret.kind === "env") return `environment variable ${secret.name}`;
  return secret.kind === "file" ? `file ${secret.file}` : "the settings file or the default";
}
