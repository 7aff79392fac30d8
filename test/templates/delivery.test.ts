import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { withMachine } from "../support/admin-machine.ts";
import type { Machine } from "../support/machine.ts";
import { machineTools } from "../support/machine.ts";
import { motoServer, startMoto } from "../support/moto.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

// A sensor that waits for its programs and secrets, and the real command, which sends them through ssh to a real sshd.

const test = suite("delivery over SSH");
const testOnMachine = needs("root", ...machineTools, "sshd", "ssh", "sudo");
const settings = {
  version: 1,
  sensors: [
    {
      name: "attic-pi",
      target: "nocloud",
      delivery: "ssh",
      address: "127.0.0.1",
      admin: { ssh_keys: [{ file: "/root/key.pub" }], allow_from: ["198.51.100.0/24"] },
      backup: { password: { env: "BACKUP_PASSWORD" } },
    },
  ],
};
// moto creates the instance; the test machine with its real sshd replaces it: ssh goes there for every address.
const testOnInstance = needs("root", ...machineTools, "sshd", "ssh", "sudo", motoServer);
const payload = "/var/lib/honeypot/delivery/payload.tar.gz";

async function waiting(machine: Machine): Promise<void> {
  for (const file of ["first-boot/25-delivery.sh", "scripts/receive.sh"])
    await machine.write(
      `/opt/honeypot/${file}`,
      await readFile(join(packageRoot(), "templates/opt/honeypot", file), "utf8"),
      "0700",
    );
  await machine.must("mkdir -p /var/lib/honeypot/state && install -d -m 0700 /etc/honeypot/secrets");
  await machine.must("rm -f /etc/honeypot/secrets/* /usr/local/bin/honeypot-status");
  await machine.must("/opt/honeypot/first-boot/20-admin.sh");
  await machine.must(
    "(/opt/honeypot/first-boot/25-delivery.sh >/delivery.log 2>&1; echo $? >/delivery.rc) >/dev/null 2>&1 & sleep 1",
  );
  await machine.write(
    "/root/.ssh/config",
    "StrictHostKeyChecking accept-new\nIdentityFile /root/key\n",
    "0600",
  );
  await machine.write("/root/sensors.yaml", JSON.stringify(settings));
}

function apply(machine: Machine, words = "") {
  return machine.run(
    `cd /root && HOME=/root BACKUP_PASSWORD=CANARY-password "$1" "$2" apply sensors.yaml --wait 60 ${words}`,
    process.execPath,
    join(packageRoot(), "dist/sensorbake.js"),
  );
}

testOnMachine(test, "apply sends programs and secrets to a waiting sensor once", () =>
  withMachine(async (machine) => {
    await waiting(machine);
    assert.match(await machine.must("cat /run/motd.d/honeypot"), /waits for its programs and secrets/);
    assert.match(await machine.must("cat /var/lib/honeypot/state/first-boot.last"), / waiting waits for/);
    const { code, stdout, stderr } = await apply(machine);
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, /attic-pi +127\.0\.0\.1 +delivered/);
    await machine.must("until test -e /delivery.rc; do sleep 0.2; done");
    assert.is((await machine.must("cat /delivery.rc")).trim(), "0", await machine.must("cat /delivery.log"));
    assert.match(await machine.must("cat /etc/honeypot/secrets/backup_password"), /^CANARY-password$/m);
    assert.is((await machine.must("stat -c %a /etc/honeypot/secrets/backup_password")).trim(), "600");
    assert.is((await machine.must("stat -c %a /etc/honeypot/secrets")).trim(), "700");
    await machine.must("test -x /usr/local/bin/honeypot-status");
    await machine.must(`test ! -e ${payload} && test ! -e /run/motd.d/honeypot`);
    const again = await machine.run(`/opt/honeypot/scripts/receive.sh ${"0".repeat(64)} </dev/null`);
    assert.is(again.code, 10);
    assert.match(again.stderr, /already has its programs and secrets/);
    // A reboot in the meantime runs the step again.
    await machine.must("/opt/honeypot/first-boot/25-delivery.sh");
    assert.not.match(stdout + stderr + again.stdout + again.stderr, /CANARY/);
  }),
);

testOnMachine(test, "receive.sh takes an archive whole or not at all", () =>
  withMachine(async (machine) => {
    await waiting(machine);
    const sum = "printf whole | sha256sum | cut -d' ' -f1";
    for (const sent of ["whol", "", "another"]) {
      const { code, stderr } = await machine.run(
        `printf '${sent}' | /opt/honeypot/scripts/receive.sh "$(${sum})"`,
      );
      assert.is(code, 1);
      assert.match(stderr, /nothing was changed/);
      assert.is((await machine.must("ls -A /var/lib/honeypot/delivery")).trim(), "");
    }
    assert.is((await machine.run("printf whole | /opt/honeypot/scripts/receive.sh '$(id)'")).code, 2);
    // A connection that breaks halfway leaves a partial file, which the next one replaces.
    await machine.must("printf who >/var/lib/honeypot/delivery/incoming");
    assert.is((await apply(machine)).code, 0);
  }),
);

testOnMachine(test, "apply reports a sensor that refuses it, with a hint", () =>
  withMachine(async (machine) => {
    await waiting(machine);
    await machine.must("rm -f /root/.ssh/config; ssh-keygen -q -t ed25519 -N '' -f /root/other");
    await machine.write(
      "/root/.ssh/config",
      "StrictHostKeyChecking accept-new\nIdentityFile /root/other\nIdentitiesOnly yes\n",
      "0600",
    );
    const { code, stdout, stderr } = await apply(machine);
    assert.is(code, 3);
    assert.match(stdout, /failed: .*Permission denied/);
    assert.match(stderr, /ssh -p 12222 analyst@127\.0\.0\.1/);
  }),
);

testOnInstance(test, "launch sends the new instance its programs and secrets by itself", () =>
  withMachine(async (machine) => {
    await waiting(machine);
    const moto = await startMoto();
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-launch-"));
    try {
      const [shared] = settings.sensors;
      const sensor = { ...shared, target: "ec2", address: undefined, ec2: { region: "eu-central-1" } };
      const admin = {
        ssh_keys: [(await machine.must("cat /root/key.pub")).trim()],
        allow_from: ["9.9.9.0/24"],
      };
      await writeFile(
        join(folder, "sensors.yaml"),
        JSON.stringify({ version: 1, sensors: [{ ...sensor, admin }] }),
      );
      const client = `#!/bin/sh\nexec ${machine.enter.join(" ")} ssh -F /root/.ssh/config -o HostName=127.0.0.1 "$@"\n`;
      await writeFile(join(folder, "ssh"), client, { mode: 0o755 });
      const env = {
        ...moto?.env,
        PATH: `${folder}:${process.env.PATH}`,
        BACKUP_PASSWORD: "CANARY-password",
      };
      const { code, stderr, stdout } = await sensorbake(["launch", join(folder, "sensors.yaml"), "--yes"], {
        env,
      });
      assert.is(code, 0, stderr);
      assert.match(stdout.toString(), /attic-pi +eu-central-1 +launched/);
      assert.match(stderr, /attic-pi +[\d.]+ +delivered; its first boot continues/);
      await machine.must("until test -e /delivery.rc; do sleep 0.2; done");
      assert.match(await machine.must("cat /etc/honeypot/secrets/backup_password"), /^CANARY-password$/m);
      const again = await sensorbake(["launch", join(folder, "sensors.yaml"), "--yes"], { env });
      assert.is(again.code, 0, again.stderr);
      assert.not.match(again.stderr, /delivered/);
    } finally {
      moto?.stop();
      await rm(folder, { recursive: true });
    }
  }),
);

testOnMachine(
  test,
  "a delivery that breaks off halfway leaves the sensor waiting, and the next one succeeds",
  () =>
    withMachine(async (machine) => {
      await waiting(machine);
      // ssh is killed in the middle: sshd ends receive.sh with the connection.
      const half = await machine.run(
        `head -c 20000 /dev/urandom >/half; timeout 5 ssh -p 12222 analyst@127.0.0.1 sudo -n /opt/honeypot/scripts/receive.sh "$(sha256sum </half | cut -d' ' -f1 | tr 0-9 1-90)" < <(cat /half; exec sleep 60 2>/dev/null)`,
      );
      assert.is(half.code, 124, half.stderr);
      await machine.must("! test -e /delivery.rc");
      const { code, stdout } = await apply(machine);
      assert.is(code, 0, stdout);
      await machine.must("until test -e /delivery.rc; do sleep 0.2; done");
    }),
);

test.run();
