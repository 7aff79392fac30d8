import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../../src/emulation/virtual-machine.ts";
import { guestSsh } from "../../support/guest-ssh.ts";
import { adminPort, type Probe } from "../../support/sensor-under-test.ts";
import { type Ended, sensorbake } from "../../support/sensorbake.ts";

/** `status` and `collect` reach the sensor over the real ssh. */
export function fleetCommandProbes(probe: Probe): void {
  probe("status shows a healthy sensor with its last backup", async (machine) => {
    const { code, stdout, stderr } = await run(machine, "status", "--format", "json", "--timeout", "120");
    assert.is(code, 0, `${stderr}${stdout}`);
    const [sensor] = JSON.parse(stdout.toString()).sensors;
    assert.is(sensor.health, "healthy", stdout.toString());
    assert.type(sensor.last_backup_seconds, "number");
    assert.equal(sensor.drift, []);
  });

  probe("collect fetches each archive from the sensor, once, and unpacks it", async (machine) => {
    const folder = dirname(machine.login.key);
    const collect = ["--into", join(folder, "archives"), "--extract", "--format", "json"];
    const sums = await machine.must("cat /var/backups/honeypot/*.sha256");
    const first = await run(machine, "collect", ...collect);
    assert.is(first.code, 0, `${first.stderr}${first.stdout}`);
    const names = sums
      .trim()
      .split("\n")
      .map((line) => line.slice(66))
      .sort();
    const fetched = (await readdir(join(folder, "archives/fra-vps"))).filter((name) => name.endsWith(".zip"));
    assert.equal(fetched.sort(), names);
    assert.is(JSON.parse(first.stdout.toString()).sensors[0].new_archives, names.length);
    const second = await run(machine, "collect", ...collect);
    assert.is(second.code, 0, `${second.stderr}${second.stdout}`);
    assert.is(JSON.parse(second.stdout.toString()).sensors[0].new_archives, 0);
  });
}

async function run(machine: VirtualMachine, command: string, ...words: readonly string[]): Promise<Ended> {
  const folder = dirname(machine.login.key);
  const PATH = await guestSsh(folder, new Map([[adminPort, machine.port(adminPort)]]));
  const sensor = ["--sensor", "fra-vps", "--address", "127.0.0.1"];
  return sensorbake([command, join(folder, "sensors.yaml"), ...sensor, ...words], { env: { PATH } });
}
