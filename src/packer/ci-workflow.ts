import type { Artifact } from "../artifacts/artifact.ts";

/** The services that images can be built on. */
export const ciKinds = ["github", "gitlab"] as const;

export type CiKind = (typeof ciKinds)[number];

/** Where in a repository each service looks for it. */
const places: Readonly<Record<CiKind, string>> = {
  github: ".github/workflows/sensor-image.yml",
  gitlab: ".gitlab-ci.yml",
};

/**
 * What a repository with a settings file needs so that its images are built there: the static file of `packer/ci`,
 * whose data are variables of the repository, and a `.gitignore` of what sensorbake and Packer write. Pure.
 */
export function ciWorkflow(kind: CiKind, packer: readonly Artifact[]): readonly [Artifact, Artifact] {
  const file = packer.find(({ path }) => path === `ci/${kind}.yml`);
  if (file === undefined) throw new Error(`packer/ci has no ${kind}.yml`);
  return [
    { path: places[kind], mode: 0o644, content: file.content },
    { path: ".gitignore", mode: 0o644, content: ignored },
  ];
}

const ignored = ["out/", "images/", "packer_cache/", "*.local.pkrvars.json", "secrets/", ""].join("\n");
