import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { bootDisk } from "../support/debian-tree.ts";
import { guestSsh } from "../support/guest-ssh.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { testMachine } from "../support/test-machine.ts";
import { startTimeServer } from "../support/time-server.ts";

// A machine that nobody made with sensorbake, with the layout of a DShield that was installed by hand and with the
// effects of DShieldKickStarter, becomes a sensor with the real `apply`.

const test = suite("apply to a machine with DShield installed by hand");
const withTools = needs(...bootTools);
const crontab = "/var/spool/cron/crontabs/root";
const backup = "/var/backups/honeypot/home_20240930.zip";
const capture = "/var/lib/honeypot/dumps/tcpdump_2024-09-30_00-00-00.pcap";

for (const release of releasesToBoot()) {
  const ends: (() => unknown)[] = [];
  let folder: string;
  let ssh: string;

  const settings = { ssh_port: 12222, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] };
  const apply = (...words: readonly string[]) =>
    sensorbake(["apply", join(folder, "sensors.yaml"), "--login", "owner@:22", ...words], {
      env: { PATH: `${folder}:${process.env.PATH}` },
    });
  const asRoot = async (user: string, port: string, script: string): Promise<string> => {
    const { code, stdout, stderr } = await execute(ssh, [
      "-p",
      port,
      `${user}@127.0.0.1`,
      `sudo -n bash -c '${script}'`,
    ]);
    if (code !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
    return stdout;
  };

  withTools(test, `${release}: the plan lists what DShieldKickStarter left`, async () => {
    folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
    const key = (await execute("cat", [join(folder, "key.pub")])).stdout.trim();
    await mkdir(join(folder, "seed"));
    const lines = [
      "0 0 * * * cp /srv/cowrie/var/log/cowrie/cowrie.json* /var/log/honeypot/cowrie/",
      "@reboot /var/lib/honeypot/dumps/grab_tcpdump.sh",
      "0 3 * * * /opt/honeypot/scripts/backup.sh",
      "5 5 * * * /usr/local/bin/of-the-owner",
    ];
    const file = (path: string, content: string, permissions = "0644") => ({ path, content, permissions });
    const userData = {
      users: [
        { name: "owner", sudo: "ALL=(ALL) NOPASSWD:ALL", shell: "/bin/bash", ssh_authorized_keys: [key] },
      ],
      write_files: [
        file(crontab, `${lines.join("\n")}\n`, "0600"),
        file("/var/lib/honeypot/dumps/grab_tcpdump.sh", "#!/bin/bash\n", "0755"),
        file("/opt/honeypot/scripts/backup.sh", "#!/bin/bash\n", "0755"),
        file("/srv/dshield/etc/dshield.ini", "[DShield]\nuserid=1\n"),
        file("/etc/dshield.ini", "[DShield]\nuserid=1\nlocalcopy=/var/log/honeypot/localdshield.log\n"),
        file(backup, "a backup"),
        file(capture, "a capture"),
      ],
    };
    await writeFile(join(folder, "seed/user-data"), `#cloud-config\n${JSON.stringify(userData)}\n`);
    await writeFile(join(folder, "seed/meta-data"), "instance-id: by-hand\nlocal-hostname: by-hand\n");
    const sensor = {
      name: "attic-vm",
      os: release,
      target: "nocloud",
      address: "127.0.0.1",
      admin: settings,
    };
    await writeFile(join(folder, "sensors.yaml"), JSON.stringify({ version: 1, sensors: [sensor] }));
    await startTimeServer();
    const machine = await testMachine({
      disk: await bootDisk(release),
      seed: join(folder, "seed"),
      key: join(folder, "key"),
      user: "owner",
      sshPort: 22,
      ports: [12222],
    });
    ends.push(() => machine.dispose());
    await machine.start();
    await machine.waitForLogin();
    await guestSsh(folder, new Map([22, 12222].map((port): [number, number] => [port, machine.port(port)])));
    ssh = join(folder, "ssh");
    const { code, stdout, stderr } = await apply("--dry-run");
    assert.is(code, 0, stderr);
    assert.match(stdout.toString(), "attic-vm (127.0.0.1), a machine with DShield:");
    assert.match(stdout.toString(), "remove the cron line @reboot /var/lib/honeypot/dumps/grab_tcpdump.sh");
    assert.not.match(stdout.toString(), "of-the-owner");
    assert.match(await asRoot("owner", "22", `cat ${crontab}`), "grab_tcpdump.sh");
  });

  withTools(test, `${release}: it becomes a sensor`, async () => {
    const { code, stdout, stderr } = await apply("--yes");
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout.toString(), /attic-vm +127\.0\.0\.1 +changed; .* now run there/);
    const isDone = async () =>
      (await asRoot("analyst", "12222", "test -e /var/lib/honeypot/state/first-boot.done && echo yes")) ===
      "yes\n";
    await waitFor("the first boot", isDone, 1800);
    assert.match(await asRoot("analyst", "12222", "honeypot-status"), "attic-vm is well");
    assert.is(await asRoot("analyst", "12222", "hostname"), "attic-vm\n");
  });

  withTools(test, `${release}: backups, captures and the owner's cron line stay`, async () => {
    assert.is(await asRoot("analyst", "12222", `cat ${crontab}`), "5 5 * * * /usr/local/bin/of-the-owner\n");
    assert.is(await asRoot("analyst", "12222", `cat ${backup} ${capture}`), "a backupa capture");
    await asRoot(
      "analyst",
      "12222",
      "test -L /etc/dshield.ini && ! test -e /var/lib/honeypot/dumps/grab_tcpdump.sh",
    );
  });

  test(`${release}: the machine is turned off`, async () => {
    for (const end of ends.reverse()) await end();
  });
}

test.run();
