import type { Artifact } from "../artifacts/artifact.ts";
import type { OsName } from "../values/os-names.ts";

/** The services that images can be built on. */
export const ciKinds = ["github", "gitlab"] as const;

export type CiKind = (typeof ciKinds)[number];

/** Where in a repository each service looks for it. */
const places: Readonly<Record<CiKind, string>> = {
  github: ".github/workflows/sensor-image.yml",
  gitlab: ".gitlab-ci.yml",
};

/** What the workflow is made with: it calls sensorbake with the same, unless a variable of the repository says otherwise. */
export type CiArguments = {
  /** The settings file, relative to the repository; only characters of {@link isCiPath}. */
  readonly settings: string;
  readonly vmSystem: OsName | "none" | "";
  readonly piSystem: OsName | "";
  readonly sensors: readonly string[];
};

/** Whether a path means the same in YAML, in an expression of GitHub and in a shell, and leads nowhere else. */
export function isCiPath(path: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_./@-]*$/.test(path) && !path.split("/").includes("..");
}

/**
 * What a repository with a settings file needs so that its images are built there: the file of `packer/ci` with the
 * arguments as defaults of its variables, and a `.gitignore` of what sensorbake and Packer write. Pure.
 */
export function ciWorkflow(
  kind: CiKind,
  packer: readonly Artifact[],
  { settings, vmSystem, piSystem, sensors }: CiArguments,
): readonly [Artifact, Artifact] {
  const file = packer.find(({ path }) => path === `ci/${kind}.yml`);
  if (file === undefined) throw new Error(`packer/ci has no ${kind}.yml`);
  if (!isCiPath(settings)) throw new Error(`${settings} cannot stand in a workflow`);
  const values = { SENSORS: settings, VM_OS: vmSystem, PI_OS: piSystem, ONLY: sensors.join(",") };
  const content = Object.entries(values).reduce(
    (text, [name, value]) => withDefault[kind](text, name, value),
    String(file.content),
  );
  return [
    { path: places[kind], mode: 0o644, content },
    { path: ".gitignore", mode: 0o644, content: ignored },
  ];
}

// Each has a default already, which these replace.
const withDefault: Readonly<Record<CiKind, (text: string, name: string, value: string) => string>> = {
  github: (text, name, value) =>
    text.replaceAll(new RegExp(`vars\\.${name} \\|\\| '[^']*'`, "g"), () => `vars.${name} || '${value}'`),
  gitlab: (text, name, value) =>
    text.replace(new RegExp(`^  ${name}: .*$`, "m"), () => `  ${name}: "${value}"`),
};

const ignored = ["out/", "images/", "packer_cache/", "*.local.pkrvars.json", "secrets/", ""].join("\n");
