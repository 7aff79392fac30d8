import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { bootDisk } from "../support/debian-tree.ts";
import { startDshieldService } from "../support/dshield-service.ts";
import { standInRepository } from "../support/dshield-stand-in.ts";
import {
  account,
  dshieldOwner,
  dshieldSettings,
  serviceVariables,
  waitForFirstBoot,
} from "../support/dshield-under-test.ts";
import { startElasticStandIn } from "../support/elastic-stand-in.ts";
import { startGitServer } from "../support/git-server.ts";
import { addFiles, countryFile, gitconfig, unitVariables } from "../support/guest-files.ts";
import { guestSsh } from "../support/guest-ssh.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { adminPort, bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { startSftpServer } from "../support/sftp-server.ts";
import { testMachine } from "../support/test-machine.ts";
import { startTimeServer } from "../support/time-server.ts";
import { elasticVariables, toolOwners, toolRepositories } from "../support/tools-under-test.ts";

// A sensor with every feature, whose programs do not fit into its user-data: once it downloads them, once they arrive
// over SSH. DShield, the tools, Filebeat's packages and DShield's service are stand-ins of ours.

const canary = "CANARY0of0this0boot";
const test = suite("a sensor with every feature whose user-data is too small");
const withTools = needs(...bootTools, "sshd");
const programs = [
  "/opt/honeypot/first-boot/50-dshield.sh",
  "/opt/honeypot/first-boot/75-siem.sh",
  "/opt/honeypot/scripts/transfer.sh",
  "/opt/honeypot/scripts/update-dshield.sh",
  "/usr/local/bin/honeypot-status",
  "/usr/local/lib/honeypot/tools/cowrieprocessor.py",
  "/usr/local/lib/honeypot/tools/json_log_country.py",
];
const ways = ["download", "ssh"] as const;

for (const release of releasesToBoot())
  for (const way of ways) {
    const ends: (() => unknown)[] = [];
    let folder: string;
    let machine: VirtualMachine;

    withTools(test, `${release}, ${way}: the first boot ends well`, async () => {
      folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
      ends.push(() => rm(folder, { recursive: true, force: true }));
      const web = await serveFolder(join(folder, "out/fra-vps"));
      ends.push(() => web.close());
      const sftp = await startSftpServer();
      ends.push(() => sftp.remove());
      const { refs, files, stop } = await standIns(folder);
      ends.push(...stop);
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
      const sensor = {
        name: "fra-vps",
        os: release,
        target: "hetzner",
        address: "127.0.0.1",
        ...(way === "ssh"
          ? { delivery: "ssh" }
          : { programs_url: `http://10.0.2.2:${(web.address() as AddressInfo).port}` }),
        admin: { ssh_port: adminPort, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
        backup: { password: { env: "CANARY" } },
        dshield: { ...dshieldSettings, ref: refs.dshield },
        transfer: {
          host: "10.0.2.2",
          port: sftp.port,
          user: sftp.user,
          path: `${sftp.path}/{sensor}`,
          host_key: sftp.hostKey,
          generate_key: true,
        },
        tools: {
          cowrieprocessor: { ref: refs.cowrieprocessor, virustotal_api_key: { env: "CANARY" } },
          json_log_country: { ref: refs.country },
        },
        siem: { logstash: "10.0.2.2:5044", plaintext: true },
      };
      await writeFile(join(folder, "sensors.yaml"), JSON.stringify({ version: 1, sensors: [sensor] }));
      const built = await run("build", "--output", join(folder, "out"), "--format", "json");
      assert.is(built.code, 0, built.stderr);
      assert.is(JSON.parse(built.stdout.toString()).sensors[0].delivery, way);
      if (way === "ssh") assert.is((await execute("grep", ["-rl", canary, join(folder, "out")])).stdout, "");
      await addFiles(join(folder, "out/fra-vps/user-data"), files);
      await startTimeServer();
      machine = await testMachine({
        disk: await bootDisk(release),
        seed: join(folder, "out/fra-vps"),
        key: join(folder, "key"),
        user: "analyst",
        sshPort: adminPort,
        ports: [],
      });
      ends.push(() => machine.dispose());
      await machine.start();
      await machine.waitForLogin();
      if (way === "ssh") {
        const applied = await run("apply");
        assert.is(applied.code, 0, applied.stderr);
      }
      const madeKey = async () => (await machine.run("test -s /etc/honeypot/transfer_key.pub")).code === 0;
      await waitFor("the transfer key", madeKey, 3600);
      await sftp.authorize((await machine.must("cat /etc/honeypot/transfer_key.pub")).trim());
      await waitForFirstBoot(machine);
      const status = await machine.run("honeypot-status");
      assert.is(status.code, 0, status.stdout.toString());
    });

    withTools(test, `${release}, ${way}: the programs of its features are there, and no others`, async () => {
      const wanted = [...programs, "/etc/honeypot/secrets/virustotal"].join(" ");
      assert.is(await machine.must(`for file in ${wanted}; do test -s $file || echo $file; done`), "");
      await machine.must("test ! -e /opt/honeypot/scripts/boot-log.sh");
    });

    withTools(
      test,
      `${release}, ${way}: no secret is left where a provider or cloud-init stores it`,
      async () => {
        assert.is(await machine.must("cat /etc/honeypot/secrets/backup_password"), `${canary}\n`);
        // sudo writes each command into the journal: the words come from the file.
        const words = "-F -f /etc/honeypot/secrets/backup_password";
        assert.is(
          await machine.must(`grep -rl ${words} /var/lib/cloud /run/cloud-init /var/log || true`),
          "",
        );
        assert.is(await machine.must(`journalctl --no-pager | grep -c ${words} || true`), "0\n");
      },
    );

    test(`${release}, ${way}: the machine and the servers are turned off`, async () => {
      for (const end of ends.reverse()) await end();
    });

    async function run(command: string, ...words: readonly string[]) {
      // The port is not known before the machine is; only apply uses ssh.
      const path =
        machine === undefined
          ? process.env.PATH
          : await guestSsh(folder, new Map([[adminPort, machine.port(adminPort)]]));
      return sensorbake([command, join(folder, "sensors.yaml"), ...words], {
        env: { CANARY: canary, DSHIELD_API_KEY: account.apiKey, PATH: path ?? "" },
      });
    }
  }

async function serveFolder(folder: string): Promise<Server> {
  const server = createServer(async ({ url = "" }, response) => {
    const found = /^\/(programs-[0-9a-f]{12}\.tar\.gz)$/.exec(url)?.[1];
    const content = found && (await readFile(join(folder, found)).catch(() => undefined));
    if (content) response.end(content);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** Starts everything that the sensor fetches from others, and returns the files that make the guest find it. */
async function standIns(folder: string) {
  for (const name of ["git", "elastic"]) await mkdir(join(folder, name));
  const dshield = await standInRepository(join(folder, "git/dshield"));
  const refs = { dshield, ...(await toolRepositories(join(folder, "git"))) };
  const git = await startGitServer(join(folder, "git"));
  const elastic = await startElasticStandIn(join(folder, "elastic"));
  const service = await startDshieldService(account);
  const variables = { ...serviceVariables(service), ...elasticVariables(elastic) };
  const files = [
    gitconfig(git.port, dshieldOwner, ...toolOwners),
    unitVariables("honeypot-first-boot.service", variables),
    countryFile(),
  ];
  return { refs, files, stop: [() => git.stop(), () => elastic.stop(), () => service.stop()] };
}

test.run();
