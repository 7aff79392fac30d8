import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import { bootDisk } from "./debian-tree.ts";
import { type ElasticStandIn, startElasticStandIn } from "./elastic-stand-in.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import { addFiles, countryFile, gitconfig, unitVariables } from "./guest-files.ts";
import { adminPort } from "./sensor-under-test.ts";
import { sensorbake } from "./sensorbake.ts";
import { testMachine } from "./test-machine.ts";
import { standInTool } from "./tool-stand-in.ts";
import { type UnderTest, underTest } from "./under-test.ts";

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
    const commits = await toolRepositories(join(folder, "git"));
    git = await startGitServer(join(folder, "git"));
    elastic = await startElasticStandIn(join(folder, "elastic"));
    const file = join(folder, "sensors.yaml");
    await writeFile(file, JSON.stringify(settings(release, commits)));
    const env = { VIRUSTOTAL_API_KEY: virustotalKey };
    const built = await sensorbake(["build", file, "--output", join(folder, "out")], { env });
    if (built.code !== 0) throw new Error(`sensorbake build ended with ${built.code}: ${built.stderr}`);
    const seed = join(folder, "out/fra-vps");
    await addFiles(join(seed, "user-data"), [
      gitconfig(git.port, ...toolOwners),
      unitVariables("honeypot-first-boot.service", elasticVariables(elastic)),
      countryFile(),
    ]);
    const machine = await testMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports: [] });
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

/** Where the tools' repositories are on GitHub. */
export const toolOwners = ["jslagrew", "justin-leibach"];

/** Makes the stand-ins' repositories of both tools below a folder, and returns their commits. */
export async function toolRepositories(folder: string): Promise<ToolCommits> {
  return {
    cowrieprocessor: await standInTool("cowrieprocessor", join(folder, "cowrieprocessor")),
    country: await standInTool("json_log_country", join(folder, "JSON-Log-Country")),
  };
}

type ToolCommits = { readonly cowrieprocessor: string; readonly country: string };

/** Variables of the first boot by which it downloads Filebeat from the stand-in. */
export function elasticVariables({ port, signer }: ElasticStandIn): Readonly<Record<string, string>> {
  return { elastic_downloads: `http://10.0.2.2:${port}`, elastic_signer: signer };
}

const settings = (release: DebianRelease, { cowrieprocessor, country }: ToolCommits): object => ({
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
