/** A settings file of so many sensors that differ in name and time zone. */
export function manySensors(count: number): string {
  const sensors = Array.from(
    { length: count },
    (_, index) =>
      `  - {name: sensor-${index}, target: nocloud, timezone: ${index % 2 === 0 ? "Etc/UTC" : "Europe/Berlin"}}\n`,
  );
  return `version: 1
defaults:
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy example]
    allow_from: [198.51.100.0/24]
sensors:
${sensors.join("")}`;
}
