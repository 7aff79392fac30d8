import { packages } from "../../plan/packages.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Repository, repositories, repositoryWords } from "../../plan/repositories.ts";
import type { Artifact } from "../artifact.ts";
import type { Release } from "../compile.ts";
import { sha256 } from "../digest.ts";
import { escapeEnvironment } from "../escapes.ts";
import { payload } from "../payload.ts";
import { splitStatic, sums } from "../seed.ts";

/**
 * The files in an image for these sensors, sorted by path: those that any of the sensors needs and that do not depend on
 * settings, and the variables for the first-boot steps during the bake. No name, key, secret or sensor setting.
 */
export function imageFiles(plans: readonly Plan[], release: Release): readonly Artifact[] {
  const shared = new Map<string, Artifact>();
  for (const plan of plans) {
    const files = payload(plan, new Map(), release.templates, noBuild);
    for (const file of splitStatic(files, release.templates).shared) shared.set(file.path, file);
  }
  const list = sums([...shared.values()]);
  const fetched = bakedVariables(plans);
  const own: readonly (readonly [path: string, content: string])[] = [
    [
      "/etc/default/honeypot",
      fetched.map(([name, value]) => `${name}="${escapeEnvironment(value)}"\n`).join(""),
    ],
    ["/etc/honeypot/baked.json", `${JSON.stringify(bakedBy(plans, release, list), null, 2)}\n`],
    ["/etc/honeypot/baked.sha256", list],
    ["/etc/honeypot/baked.words", `${wordsOf(fetched).join("\n")}\n`],
  ];
  const files = [...shared.values(), ...own.map(([path, content]) => ({ path, mode: 0o644, content }))];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

// Static files do not depend on the build record.
const noBuild = { sensor: "", target: "", sensorbake: "", settings_digest: "" };

/** The version that baked the image, for the sensor and for tags. */
function bakedBy(plans: readonly Plan[], release: Release, list: string): object {
  return { sensorbake: release.version, os: plans[0]?.os, files_digest: sha256(list) };
}

/** The variables of the steps that run while an image is baked: the needs of all sensors. */
export function bakedVariables(plans: readonly Plan[]): readonly (readonly [name: string, value: string])[] {
  const wanted = [...new Set(plans.flatMap((plan) => packages(plan)))].sort();
  const clones = new Map<string, Repository>();
  // A sensor that needs another ref of a repository fetches it at its first boot.
  for (const clone of plans.flatMap((plan) => repositories(plan)))
    if (!clones.has(clone.name)) clones.set(clone.name, clone);
  const words = repositoryWords([...clones.values()]);
  return [["PACKAGES", wanted.join(" ")], ...(words === "" ? [] : ([["REPOSITORIES", words]] as const))];
}

function wordsOf(variables: readonly (readonly [name: string, value: string])[]): readonly string[] {
  return [...new Set(variables.flatMap(([, value]) => value.split(" ")))].sort();
}
