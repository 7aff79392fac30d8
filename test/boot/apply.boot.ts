import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Change, changedSensor, inside, originalSettings } from "../support/changed-sensor.ts";
import { releasesToBoot } from "../support/sensor-under-test.ts";

// Each change of a running sensor equals a first boot with the same settings.

const test = suite("apply");

const transfer = {
  host: "10.0.2.2",
  user: "backup",
  path: "/archives/{sensor}",
  generate_key: true,
  host_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy",
};

const changes: readonly Change[] = [
  ["the time zone", (sensor) => ({ ...sensor, timezone: "America/New_York" })],
  ["days of captures", inside("capture", { keep_days: 7 })],
  ["a packet's length", inside("capture", { snap_length: 262144 })],
  ["rotation by time", inside("capture", { rotate: { hours: 6, megabytes: 512 } })],
  ["rotation by size", inside("capture", { rotate: { hours: 6, megabytes: 100 } })],
  ["excluded ports", inside("capture", { exclude_ports: [9999] })],
  ["excluded hosts", inside("capture", { exclude_hosts: ["192.0.2.1"] })],
  ["a capture filter", inside("capture", { filter: "not port 53" })],
  ["days of logs", inside("logs", { keep_days: 60 })],
  ["the backup's schedule", inside("backup", { schedule: "30 2 * * *" })],
  ["backup sets", inside("backup", { sets: ["logs", "dumps"] })],
  ["the backup's format, which needs a package", inside("backup", { format: "7z" })],
  ["the backup's password", inside("backup", { password: { env: "BACKUP_PASSWORD" } })],
  ["days of archives", inside("backup", { keep_days: 30 })],
  ["a transfer", (sensor) => ({ ...sensor, transfer })],
  ["no transfer", ({ transfer: _, ...sensor }) => sensor],
  ["the disk's limit", inside("disk", { max_used_percent: 90 })],
  ["restricted outgoing traffic", inside("security", { egress: "restricted" })],
  ["a second key", inside("admin", { ssh_keys: [{ file: "key.pub" }, { file: "other.pub" }] })],
  ["another admin network", inside("admin", { allow_from: ["10.0.2.0/24", "192.0.2.0/24"] })],
  ["the rescue's time", inside("admin", { rescue: { after_minutes: 60, open_minutes: 20 } })],
  ["the admin port", inside("admin", { ssh_port: 12223 }), ["--login", ":12222"]],
  ["the admin user", inside("admin", { user: "other" }), ["--login", "analyst@"]],
];

// The others would have to find the sensor there.
const lastChanges = changes.slice(-2);

for (const release of releasesToBoot()) {
  const sensor = changedSensor(test, release);

  for (const [name, change, words = []] of changes.slice(0, -2))
    sensor.test(name, async () => {
      sensor.settings = change(sensor.settings);
      const { code, stderr } = await sensor.run("apply", sensor.settings, ["--yes", ...words]);
      assert.is(code, 0, stderr);
      await sensor.assertLikeFirstBoot(sensor.settings);
    });

  sensor.test("all changes at once, back and forth", async (machine) => {
    for (const wanted of [originalSettings(release), sensor.settings]) {
      const { code, stderr } = await sensor.run("apply", wanted, ["--yes"]);
      assert.is(code, 0, stderr);
      await sensor.assertLikeFirstBoot(wanted);
    }
    await machine.must("honeypot-status");
  });

  for (const [name, change, words = []] of lastChanges)
    sensor.test(name, async () => {
      sensor.settings = change(sensor.settings);
      const { code, stderr } = await sensor.run("apply", sensor.settings, ["--yes", ...words]);
      assert.is(code, 0, stderr);
    });

  sensor.turnOff();
}

test.run();
