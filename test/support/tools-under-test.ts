import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { countryDatabase } from "./country-database.ts";
import { bootDisk, type DebianRelease } from "./debian-tree.ts";
import { standInRepository } from "./dshield-stand-in.ts";
import { type ElasticStandIn, startElasticStandIn } from "./elastic-stand-in.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import { adminPort } from "./sensor-under-test.ts";
import { sensorbake } from "./sensorbake.ts";
import { type UnderTest, underTest } from "./under-test.ts";
import { virtualMachine } from "./virtual-machine.ts";

/** What the sensor under test keeps from everybody who must not have it. */
export const virustotalKey = "Tr0ub4dorOfTheBoot";

/**
 * A sensor that analyses and ships its logs, turned on. Its git takes our stand-ins for both tools, its Filebeat is
 * one, too; systemd, cron and the libraries are the system's.
 */
export function toolsUnderTest(release: DebianRelease): UnderTest {
  let git: GitServer | undefined;
  let elastic: ElasticStandIn | undefined;
  const subject = underTest("the sensor", async ({ folder, key, keep }) => {
    const disk = await bootDisk(release);
    for (const name of ["git", "elastic"]) await mkdir(join(folder, name));
    const commits = await Promise.all(
      Object.entries(repositories).map(([repository, standIn]) =>
        standInRepository(join(folder, "git", repository), resolve("test/support/tools-stand-in", standIn)),
      ),
    );
    git = await startGitServer(join(folder, "git"));
    elastic = await startElasticStandIn(join(folder, "elastic"));
    const file = join(folder, "sensors.yaml");
    await writeFile(file, JSON.stringify(settings(release, commits)));
    const env = { VIRUSTOTAL_API_KEY: virustotalKey };
    const built = await sensorbake(["build", file, "--output", join(folder, "out")], { env });
    if (built.code !== 0) throw new Error(`sensorbake build ended with ${built.code}: ${built.stderr}`);
    const seed = join(folder, "out/fra-vps");
    const config = parse(await readFile(join(seed, "user-data"), "utf8"));
    const owners = ["jslagrew", "justin-leibach"].map(
      (owner) => `\tinsteadOf = https://github.com/${owner}/\n`,
    );
    config.write_files.push(
      {
        path: "/etc/gitconfig",
        content: `[url "git://10.0.2.2:${git.port}/"]\n${owners.join("")}`,
      },
      {
        path: "/etc/systemd/system/honeypot-first-boot.service.d/test.conf",
        content: `[Service]\nEnvironment=elastic_downloads=http://10.0.2.2:${elastic.port} elastic_signer=${elastic.signer}\n`,
      },
      {
        path: "/usr/share/GeoIP/GeoLite2-Country.mmdb",
        encoding: "b64",
        content: countryDatabase().toString("base64"),
      },
    );
    await writeFile(join(seed, "user-data"), `#cloud-config\n${JSON.stringify(config)}\n`);
    const machine = await virtualMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports: [] });
    keep(machine);
    await machine.start();
    await machine.waitForLogin();
    return machine;
  });
  return {
    machine: subject.machine,
    dispose: async () => {
      await subject.dispose();
      await git?.stop();
      elastic?.stop();
    },
  };
}

const repositories = { cowrieprocessor: "cowrieprocessor", "JSON-Log-Country": "json_log_country" };

const settings = (release: DebianRelease, [cowrieprocessor, country]: readonly string[]): object => ({
  version: 1,
  sensors: [
    {
      name: "fra-vps",
      os: release,
      target: "nocloud",
      admin: { ssh_port: adminPort, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
      tools: {
        memory_megabytes: 256,
        time_limit_minutes: 1,
        cowrieprocessor: {
          schedule: "30 1 1 1 *",
          ref: cowrieprocessor,
          virustotal_api_key: { env: "VIRUSTOTAL_API_KEY" },
        },
        json_log_country: { schedule: "45 1 1 1 *", ref: country },
      },
      siem: { logstash: "10.0.2.2:5044", plaintext: true },
    },
  ],
});
