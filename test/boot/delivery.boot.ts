import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { countryDatabase } from "../support/country-database.ts";
import { bootDisk } from "../support/debian-tree.ts";
import { startDshieldService } from "../support/dshield-service.ts";
import { standInRepository } from "../support/dshield-stand-in.ts";
import { account } from "../support/dshield-under-test.ts";
import { startElasticStandIn } from "../support/elastic-stand-in.ts";
import { startGitServer } from "../support/git-server.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { adminPort, bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { startSftpServer } from "../support/sftp-server.ts";
import { startTimeServer } from "../support/time-server.ts";
import { type VirtualMachine, virtualMachine } from "../support/virtual-machine.ts";
import { waitFor } from "../support/wait-for.ts";

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
        dshield: {
          install: true,
          email: account.email,
          user_id: account.userId,
          api_key: { env: "DSHIELD_API_KEY" },
          daily_reboot: "off",
          ref: refs.dshield,
        },
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
      machine = await virtualMachine({
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
      await waitFor("the end of the first boot", hasEnded, 3600);
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

    async function hasEnded(): Promise<boolean> {
      const { code, stdout } = await machine.run(
        "test -e /var/lib/honeypot/state/first-boot.done || { cat /var/lib/honeypot/state/first-boot.last; exit 1; }",
      );
      // It reboots on its way.
      if (code === 255) await machine.waitForLogin();
      if (code === 1) throw new Error(stdout.toString());
      return code === 0;
    }

    function run(command: string, ...words: readonly string[]) {
      const options = `-F none -i ${join(folder, "key")} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(folder, "known_hosts")}`;
      return withClient(folder, options, () => machine?.port(adminPort)).then((path) =>
        sensorbake([command, join(folder, "sensors.yaml"), ...words], {
          env: { CANARY: canary, DSHIELD_API_KEY: account.apiKey, PATH: path },
        }),
      );
    }
  }

// The guest's port is another one on this machine; the first -p counts.
async function withClient(folder: string, options: string, port: () => number | undefined): Promise<string> {
  const client = `#!/bin/sh\nexec /usr/bin/ssh -p ${port() ?? 0} ${options} "$@"\n`;
  await writeFile(join(folder, "ssh"), client, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
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

/** Starts everything that the sensor fetches from others, and the files that make the guest find it. */
async function standIns(folder: string) {
  for (const name of ["git", "elastic"]) await mkdir(join(folder, name));
  const repository = (name: string, standIn?: string) =>
    standInRepository(join(folder, "git", name), standIn && resolve("test/support/tools-stand-in", standIn));
  const refs = {
    dshield: await repository("dshield"),
    cowrieprocessor: await repository("cowrieprocessor", "cowrieprocessor"),
    country: await repository("JSON-Log-Country", "json_log_country"),
  };
  const git = await startGitServer(join(folder, "git"));
  const elastic = await startElasticStandIn(join(folder, "elastic"));
  const service = await startDshieldService(account);
  const owners = ["DShield-ISC", "jslagrew", "justin-leibach"];
  const environment = `dshield_service=http://10.0.2.2:${service.port} elastic_downloads=http://10.0.2.2:${elastic.port} elastic_signer=${elastic.signer}`;
  const files = [
    {
      path: "/etc/gitconfig",
      content: `[url "git://10.0.2.2:${git.port}/"]\n${owners.map((owner) => `\tinsteadOf = https://github.com/${owner}/\n`).join("")}`,
    },
    {
      path: "/etc/systemd/system/honeypot-first-boot.service.d/test.conf",
      content: `[Service]\nEnvironment=${environment}\n`,
    },
    {
      path: "/usr/share/GeoIP/GeoLite2-Country.mmdb",
      encoding: "b64",
      content: countryDatabase().toString("base64"),
    },
  ];
  return { refs, files, stop: [() => git.stop(), () => elastic.stop(), () => service.stop()] };
}

async function addFiles(userData: string, files: readonly object[]): Promise<void> {
  const config = parse(await readFile(userData, "utf8"));
  config.write_files.push(...files);
  await writeFile(userData, `#cloud-config\n${JSON.stringify(config)}\n`);
}

test.run();
