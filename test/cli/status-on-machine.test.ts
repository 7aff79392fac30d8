import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { settingsDigest, sha256 } from "../../src/artifacts/digest.ts";
import { loadSettings } from "../../src/load/load.ts";
import { oneFileWorld } from "../../src/load/one-file-world.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { withMachine } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// The real command asks the real honeypot-status through the real sshd and sudo.

const test = suite("status on a machine");
const testOnMachine = needs("root", ...machineTools, "sshd", "ssh", "sudo");

testOnMachine(test, "status shows a sensor before and after it has its programs, and a changed file", () =>
  withMachine(async (machine) => {
    await machine.must("mkdir -p /var/lib/honeypot/state /var/lib/honeypot/dumps");
    await machine.must("rm -f /usr/local/bin/honeypot-status && /opt/honeypot/first-boot/20-admin.sh");
    await machine.write(
      "/root/.ssh/config",
      "StrictHostKeyChecking accept-new\nIdentityFile /root/key\n",
      "0600",
    );
    const key = (await machine.must("cat /root/key.pub")).trim();
    const admin = { ssh_keys: [key], allow_from: ["198.51.100.0/24"] };
    const text = JSON.stringify({
      version: 1,
      sensors: [{ name: "attic-pi", target: "nocloud", address: "127.0.0.1", admin }],
    });
    await machine.write("/root/sensors.yaml", text);
    const status = async () => {
      const { code, stdout, stderr } = await machine.run(
        'cd /root && HOME=/root "$1" "$2" status sensors.yaml --format json',
        process.execPath,
        join(packageRoot(), "dist/sensorbake.js"),
      );
      return { code, stderr, sensor: JSON.parse(stdout).sensors[0] };
    };
    const before = await status();
    assert.equal([before.code, before.sensor.reason], [3, "it has no honeypot-status yet"], before.stderr);

    for (const file of ["usr/local/bin/honeypot-status", "usr/local/lib/honeypot/status/files.sh"])
      await machine.write(`/${file}`, await readFile(join(packageRoot(), "templates", file), "utf8"), "0755");
    const { sensors } = await loadSettings("sensors.yaml", oneFileWorld(text), { readSecrets: false });
    assert.ok(sensors[0]);
    const { version } = JSON.parse(await readFile(join(packageRoot(), "package.json"), "utf8"));
    const build = {
      sensor: "attic-pi",
      sensorbake: version,
      settings_digest: settingsDigest(sensors[0].plan),
    };
    await machine.write("/etc/honeypot/build.json", `${JSON.stringify(build, null, 2)}\n`);
    const settings = await machine.must("cat /etc/default/honeypot");
    await machine.write("/etc/honeypot/manifest", `${sha256(settings)}  /etc/default/honeypot\n`, "0600");
    const after = await status();
    assert.is(after.code, 1, after.stderr);
    assert.is(after.sensor.health, "unhealthy");
    assert.match(after.sensor.reason, /^[a-z ]+: ./);
    assert.equal([after.sensor.version, after.sensor.drift], [version, []]);
    assert.type(after.sensor.disk_percent, "number");

    await machine.must("echo >>/etc/default/honeypot");
    assert.equal((await status()).sensor.drift, ["1 file"]);
  }),
);

test.run();
