/** A settings file of so many sensors that differ in name and time zone. */
export function manySensors(count: number): string {
  const sensors = Array.from(
    { length: count },
    (_, index) =>
      `  - {name: sensor-${index}, target: nocloud, timezone: ${index % 2 === 0 ? "Etc/UTC" : "Europe/Berlin"}}\n`,
  );
  return `${head}sensors:
${sensors.join("")}`;
}

/** A settings file whose sensors are in `students.csv`, and that file. */
export function manyRows(count: number): { readonly settings: string; readonly rows: string } {
  const rows = Array.from(
    { length: count },
    (_, index) =>
      `sensor-${index},nocloud,${index % 2 === 0 ? "Etc/UTC" : "Europe/Berlin"},"Student, ${index}"\n`,
  );
  return {
    settings: `${head}sensors_from: students.csv\n`,
    rows: `name,target,timezone,#student\n${rows.join("")}`,
  };
}

const head = `version: 1
defaults:
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy example]
    allow_from: [198.51.100.0/24]
`;
