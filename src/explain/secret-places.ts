import type { Artifact } from "../artifacts/artifact.ts";
import { bytesOf } from "../artifacts/artifact.ts";
import { compile, type Release, sensorFiles } from "../artifacts/compile.ts";
import type { Secrets } from "../artifacts/payload.ts";
import type { Plan, Secret } from "../plan/plan.ts";
import { secretsOf } from "../plan/secrets.ts";
import type { Place, SecretPlaces } from "./explanation.ts";
import { placeholderOf } from "./placeholders.ts";

/**
 * Where each secret is stored. Compiles with two placeholder values: the files that differ contain the secret or data
 * derived from it. So no list of places has to be maintained, and no real value is needed.
 */
export function secretPlaces(plan: Plan, placeholders: Secrets, release: Release): readonly SecretPlaces[] {
  const before = filesOf(plan, placeholders, release);
  const given = secretsOf(plan).map(({ name, secret }) => {
    const after = filesOf(plan, new Map(placeholders).set(name, placeholderOf(name, "b")), release);
    return {
      setting: name,
      from: sourceInWords(secret),
      places: [
        ...differing("sensor", before.sensor, after.sensor),
        ...differing("build", before.build, after.build),
      ],
    };
  });
  return [...given, ...ownKey(plan)];
}

function filesOf(
  plan: Plan,
  secrets: Secrets,
  release: Release,
): Record<Place["where"], readonly Artifact[]> {
  const compiled = compile(plan, secrets, release);
  return {
    sensor: sensorFiles(plan, secrets, release),
    build:
      compiled.kind === "too-large"
        ? []
        : compiled.artifacts.filter(({ path }) => !tellOfOthers.includes(path)),
  };
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
