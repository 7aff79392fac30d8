import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { secureShell } from "../../src/emulation/secure-shell.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { preparedDisk } from "../support/debian-tree.ts";
import { guestSsh } from "../support/guest-ssh.ts";
import { needs } from "../support/needs.ts";
import { sha256 } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { adminPort, bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { type SftpServer, startSftpServer } from "../support/sftp-server.ts";
import { testMachine } from "../support/test-machine.ts";
import { startTimeServer } from "../support/time-server.ts";

// A sensor that waits for its programs and secrets, makes its own key and sends its archives to a real sshd outside of
// the machine, which loses its power in the middle of a file.
const test = suite("a sensor that sends its archives");
const canary = "CANARY0backup0password";
const withTools = needs(...bootTools, "sshd");

for (const release of releasesToBoot()) {
  let folder: string;
  let server: SftpServer;
  let machine: VirtualMachine;
  const run = (command: string, ...words: readonly string[]) =>
    sensorbake([command, join(folder, "sensors.yaml"), ...words], {
      env: { BACKUP_PASSWORD: canary, PATH: `${folder}:${process.env.PATH}` },
    });
  const there = async (): Promise<readonly string[]> =>
    (await readdir(join(server.folder, "fra-vps"))).sort();

  withTools(
    test,
    `${release}: the sensor waits, its seed has no secret, and a power cut changes neither`,
    async () => {
      folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
      server = await startSftpServer();
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
      await writeFile(
        join(folder, "sensors.yaml"),
        JSON.stringify({
          version: 1,
          sensors: [
            {
              name: "fra-vps",
              os: release,
              target: "nocloud",
              delivery: "ssh",
              address: "127.0.0.1",
              backup: { password: { env: "BACKUP_PASSWORD" } },
              admin: { ssh_port: adminPort, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
              transfer: {
                host: "10.0.2.2",
                port: server.port,
                user: server.user,
                path: `${server.path}/{sensor}`,
                host_key: server.hostKey,
                generate_key: true,
                bandwidth_limit: 60_000,
              },
            },
          ],
        }),
      );
      const built = await run("build", "--output", join(folder, "out"));
      assert.is(built.code, 0, built.stderr);
      assert.is((await execute("grep", ["-rl", canary, join(folder, "out")])).stdout, "");
      const disk = await preparedDisk(release);
      await startTimeServer();
      machine = await testMachine({
        disk,
        seed: join(folder, "out/fra-vps"),
        key: join(folder, "key"),
        user: "analyst",
        sshPort: adminPort,
        ports: [],
      });
      await machine.start();
      await machine.waitForLogin();
      const isWaiting = async (): Promise<boolean> =>
        (await machine.run("grep -q 'waits for its programs and secrets' /run/motd.d/honeypot")).code === 0;
      await waitFor("the notice", isWaiting);
      await machine.cutPower();
      await machine.start();
      await machine.waitForLogin();
      await waitFor("the notice after the power cut", isWaiting);
      assert.ok(machine.hasSaid(/waits for its programs and secrets/));
    },
  );

  withTools(
    test,
    `${release}: apply resumes after an interrupted one, and the first boot ends well`,
    async () => {
      // An archive that the connection did not carry to its end.
      const half = secureShell(machine.login, `sudo -n /opt/honeypot/scripts/receive.sh ${"0".repeat(64)}`, {
        input: "half of an archive",
      });
      assert.is((await half).code, 1);
      await guestSsh(folder, new Map([[adminPort, machine.port(adminPort)]]));
      const applied = await run("apply");
      assert.is(applied.code, 0, applied.stderr + applied.stdout);
      assert.match(applied.stdout.toString(), /delivered; its first boot continues/);
      const { stdout } = await machine.run("honeypot-status --wait --timeout 2400");
      const key = (await machine.must("cat /etc/honeypot/transfer_key.pub")).trim();
      assert.ok(stdout.toString().includes(key), stdout.toString());
      assert.match(await machine.must("stat --format=%a /etc/honeypot/secrets/transfer_key"), /^600$/m);
      await server.authorize(key);
      assert.match((await run("apply")).stdout.toString(), /^fra-vps +127\.0\.0\.1 +nothing to change/m);
    },
  );

  withTools(
    test,
    `${release}: no secret is in what a provider, cloud-init or the journal stores`,
    async () => {
      assert.is(await machine.must("cat /etc/honeypot/secrets/backup_password"), `${canary}\n`);
      // sudo writes each command into the journal: the words come from the file.
      const words = "-F -f /etc/honeypot/secrets/backup_password";
      assert.is(await machine.must(`grep -rl ${words} /var/lib/cloud /run/cloud-init /var/log || true`), "");
      assert.is(await machine.must(`journalctl --no-pager | grep -c ${words} || true`), "0\n");
      assert.is(await machine.must(`blkid -L CIDATA | xargs grep -c ${words} || true`), "0\n");
    },
  );

  withTools(test, `${release}: after a cut in the middle of a file everything arrives once`, async () => {
    await machine.must("head --bytes=40M /dev/urandom >~analyst/large; /opt/honeypot/scripts/backup.sh");
    await machine.must(
      "systemd-run --quiet --unit=transfer-to-be-cut --setenv=transfer_pause_seconds=3 /opt/honeypot/scripts/transfer.sh",
    );
    const part = async (): Promise<number> => {
      const name = (await there().catch(() => [])).find(
        (file) => /_home_.*\.part$/.test(file) && !file.includes("sha256"),
      );
      return name === undefined ? 0 : (await stat(join(server.folder, "fra-vps", name))).size;
    };
    try {
      await waitFor("a part of the large archive", async () => (await part()) > 5_000_000);
    } catch (error) {
      const said = await machine.must(
        "cat /var/log/honeypot/scp_backup.log; journalctl -u transfer-to-be-cut",
      );
      throw new Error(`${error}\n${said}`);
    }
    await server.kill();
    const cut = await part();
    assert.ok(cut > 5_000_000 && cut < 40_000_000, `${cut} bytes were there`);
    await server.start();
    await machine.must("while systemctl is-active --quiet transfer-to-be-cut; do sleep 1; done");
    const said = await machine.must("cat /var/log/honeypot/scp_backup.log");
    assert.match(said, /: retrying\n/);
    const sums = await machine.must("cd /var/backups/honeypot; cat -- *.sha256");
    const count = sums.trim().split("\n").length;
    assert.match(
      said,
      new RegExp(`: ok: sent ${count} archives, \\d+ bytes; deleted 0 old ones on the server\n$`),
    );
    const names = await there();
    assert.is(names.length, 2 * count, names.join(" "));
    for (const line of sums.trim().split("\n")) {
      const [sum, name = ""] = line.split("  ");
      assert.is(sha256(await readFile(join(server.folder, "fra-vps", name))), sum, name);
      assert.is(await readFile(join(server.folder, "fra-vps", `${name}.sha256`), "utf8"), `${line}\n`);
    }
    const ledger = await machine.must("sort /var/lib/honeypot/state/transferred");
    assert.equal(
      ledger.trim().split("\n"),
      names.filter((name) => !name.endsWith(".sha256")),
    );
    assert.is((await machine.run("honeypot-status")).code, 0);
  });

  withTools(
    test,
    `${release}: a second run sends nothing, and the uploads are not in the capture`,
    async () => {
      const before = await there();
      await machine.must("/opt/honeypot/scripts/transfer.sh");
      assert.match(await machine.must("tail -1 /var/log/honeypot/scp_backup.log"), /: ok: sent 0 archives/);
      assert.equal(await there(), before);
      const packets = await machine.must(
        `for file in /var/lib/honeypot/dumps/*; do tcpdump -nr "\${file}" tcp port ${server.port} 2>/dev/null; done | wc --lines`,
      );
      assert.is(packets, "0\n");
    },
  );

  test(`${release}: the machine and the server are turned off`, async () => {
    await machine?.dispose();
    await server?.remove();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
}

test.run();
