import type { Plan } from "../../plan/plan.ts";
import type { Artifact } from "../artifact.ts";
import type { Release } from "../compile.ts";
import { imageFiles } from "./image-files.ts";
import { packerVariables, type Variables } from "./variables.ts";

/** The release, and the files of `packer/`. */
export type PackerRelease = Release & { readonly packer: readonly Artifact[] };

/**
 * The folder from which Packer bakes images, for sensors with the same system: the files of `packer/`, the sources that
 * support this system, their variables, and the image's files below `payload/tree`. Pure, and without any secret.
 */
export function packerBundle(plans: readonly Plan[], release: PackerRelease): readonly Artifact[] {
  const inTree = (path: string): boolean => path.startsWith(tree);
  const ofPacker = release.packer
    .filter(({ path }) => inTree(path))
    .map((file) => ({ ...file, path: file.path.slice(tree.length) }));
  const laid = [...imageFiles(plans, release), ...ofPacker].sort((a, b) => (a.path < b.path ? -1 : 1));
  const copied = release.packer.filter(
    ({ path }) => !inTree(path) && !isWorkflow(path) && isFor(plans, sourceOf(path)),
  );
  const files: readonly Artifact[] = [
    ...copied,
    ...copied.flatMap((file) => variablesFor(file, packerVariables(plans, release.version))),
    ...laid.map((file) => ({ ...file, path: `${tree}${file.path}`, mode: 0o644 })),
    { path: "payload/modes", mode: 0o644, content: laid.map(modeLine).join("") },
  ];
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The sources that a bundle for these sensors has: names of folders that hold HCL. */
export function packerSources(plans: readonly Plan[], { packer }: PackerRelease): readonly string[] {
  return packer
    .filter(({ path }) => path.endsWith(definition))
    .flatMap(({ path }) => sourceOf(path) ?? [])
    .filter((source) => isFor(plans, source));
}

const tree = "payload/tree";
const definition = "/sensor.pkr.hcl";

// These are elsewhere in a repository (ci-workflow.ts); the scripts that a workflow calls later are part of the folder.
function isWorkflow(path: string): boolean {
  return path.startsWith("ci/") && (path.endsWith(".yml") || path === "ci/install.sh");
}

function sourceOf(path: string): string | undefined {
  return /^([a-z-]+)\/\w+\.pkr\.hcl$/.exec(path)?.[1];
}

// Raspberry Pi OS is only for a Pi, whose image a machine elsewhere does not boot.
function isFor(plans: readonly Plan[], source: string | undefined): boolean {
  if (source === undefined) return true;
  if (source === "arm-image") return plans.some(({ target }) => target === "pi");
  return !plans.some(({ os }) => os.startsWith("raspios"));
}

// Packer warns of a variable that a folder does not declare.
function variablesFor({ path, content }: Artifact, variables: Variables): readonly Artifact[] {
  if (!path.endsWith(definition) || typeof content !== "string") return [];
  const declared = new Set([...content.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name));
  const own = Object.fromEntries(Object.entries(variables).filter(([name]) => declared.has(name)));
  return [
    {
      path: path.replace(definition, "/sensor.auto.pkrvars.json"),
      mode: 0o644,
      content: `${JSON.stringify(own, null, 2)}\n`,
    },
  ];
}

// Who copies the tree decides on the modes of its files: provision.sh sets them by this list.
function modeLine({ path, mode }: Artifact): string {
  return `0${mode.toString(8)} ${path}\n`;
}
