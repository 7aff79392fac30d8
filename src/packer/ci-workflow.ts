import type { Artifact } from "../artifacts/artifact.ts";
import type { CiKind } from "../values/ci-kinds.ts";
import type { OsName } from "../values/os-names.ts";
import { type CiInstall, packageFile } from "./ci-install.ts";

/** The paths of each service's workflow and of the workflow's installer in a repository. */
const places: Readonly<Record<CiKind, { readonly workflow: string; readonly installer: string }>> = {
  github: { workflow: ".github/workflows/sensor-image.yml", installer: ".github/sensorbake" },
  gitlab: { workflow: ".gitlab-ci.yml", installer: ".gitlab/sensorbake" },
};

/** The arguments of the workflow: it calls sensorbake with them, unless a repository variable overrides one. */
export type CiArguments = {
  /** The settings file, relative to the repository; only characters of {@link isCiPath}. */
  readonly settings: string;
  readonly vmSystem: OsName | "none" | "";
  readonly piSystem: OsName | "";
  readonly sensors: readonly string[];
  /** What `--install` names; otherwise the workflow installs a package file of this sensorbake. */
  readonly install: CiInstall | undefined;
};

/** The files of a repository that builds images. */
export type CiFiles = {
  readonly workflow: Artifact;
  /** The script that installs sensorbake, and the package file unless `--install` names another source. */
  readonly installer: readonly Artifact[];
  readonly ignore: Artifact;
};

/** Whether a path is safe in YAML, in GitHub expressions and in a shell, and stays inside the repository. */
export function isCiPath(path: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_./@-]*$/.test(path) && !path.split("/").includes("..");
}

/**
 * The files that a repository with a settings file needs to build its images: those of `packer/ci` with the arguments as
 * defaults of their variables, sensorbake itself, and a `.gitignore` for the output of sensorbake and Packer. Pure.
 */
export function ciWorkflow(
  kind: CiKind,
  { packer, ownPackage }: { readonly packer: readonly Artifact[]; readonly ownPackage: readonly Artifact[] },
  { settings, vmSystem, piSystem, sensors, install }: CiArguments,
): CiFiles {
  if (!isCiPath(settings)) throw new Error(`${settings} cannot be used in a workflow`);
  const { workflow, installer } = places[kind];
  const script = {
    path: `${installer}/install.sh`,
    mode: 0o755,
    content: contentOf(packer, "ci/install.sh"),
  };
  const packed = install === undefined ? packageFile(ownPackage) : undefined;
  const path = `${installer}/sensorbake.tgz`;
  const { spec, sha256 } = install ?? { spec: path, sha256: packed?.sha256 ?? "" };
  const defaults = { SENSORS: settings, VM_OS: vmSystem, PI_OS: piSystem, ONLY: sensors.join(",") };
  const withInstall = Object.entries({ SENSORBAKE: spec, SENSORBAKE_SHA256: sha256 }).reduce(
    (text, [name, value]) => withValue(text, name, value),
    contentOf(packer, `ci/${kind}.yml`),
  );
  const content = Object.entries(defaults).reduce(
    (text, [name, value]) => withDefault[kind](text, name, value),
    withInstall,
  );
  return {
    workflow: { path: workflow, mode: 0o644, content },
    installer: packed === undefined ? [script] : [script, { path, mode: 0o644, content: packed.content }],
    ignore: { path: ".gitignore", mode: 0o644, content: ignored },
  };
}

function contentOf(packer: readonly Artifact[], path: string): string {
  const file = packer.find((file) => file.path === path);
  if (file === undefined) throw new Error(`packer has no ${path}`);
  return String(file.content);
}

// Replaces the existing defaults.
const withDefault: Readonly<Record<CiKind, (text: string, name: string, value: string) => string>> = {
  github: (text, name, value) =>
    text.replaceAll(new RegExp(`vars\\.${name} \\|\\| '[^']*'`, "g"), () => `vars.${name} || '${value}'`),
  gitlab: withValue,
};

function withValue(text: string, name: string, value: string): string {
  return text.replace(new RegExp(`^  ${name}: .*$`, "m"), () => `  ${name}: "${value}"`);
}

const ignored = ["out/", "images/", "packer_cache/", "*.local.pkrvars.json", "secrets/", ""].join("\n");
