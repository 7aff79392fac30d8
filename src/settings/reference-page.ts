import { type SettingReference, settingsGroups, settingsReference } from "./reference.ts";

/** docs/settings.md: every setting, from the program's own tables. */
export function referencePage(): string {
  const settings = settingsReference();
  const groups = settingsGroups();
  const alone = settings.filter(({ path }) => !path.includes("."));
  const sections = groups
    .map(({ path, description }) => ({
      path,
      description,
      rows: settings.filter((setting) => parentOf(setting.path) === path),
    }))
    .filter(({ rows }) => rows.length > 0);
  return [
    "# Settings",
    "",
    "This page is generated from the grammar (`npm test -- --update`). The file has the keys `version: 1`, `defaults`, `sensors` and `sensors_from`, a CSV file with further sensors. Each setting below can be used in an entry of `sensors` and as a column, and all except `name` in `defaults`. An entry overrides `defaults`: maps are merged, lists and scalars are replaced, and a list whose key ends with `+` (`ssh_keys+`) is appended ([many-sensors.md](many-sensors.md)).",
    "",
    "## A sensor",
    "",
    ...table(alone),
    ...sections.flatMap(({ path, description, rows }) => [
      `## ${path}`,
      "",
      ...(description === "" ? [] : [description, ""]),
      ...table(rows),
    ]),
  ].join("\n");
}

function table(settings: readonly SettingReference[]): readonly string[] {
  return ["| setting | value | default | description |", "|---|---|---|---|", ...settings.map(row), ""];
}

function row({ path, takes, description, isSecret, ...rest }: SettingReference): string {
  const value = rest.default === undefined ? "" : `\`${JSON.stringify(rest.default)}\``;
  const notes = [description, isSecret ? "Never shown in output." : ""];
  const cells = [`\`${path}\``, takes, value, notes.filter((note) => note !== "").join(" ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}
