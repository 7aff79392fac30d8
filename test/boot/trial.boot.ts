import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { loadSettings } from "../../src/load/load.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makeAttacks } from "../../src/trial/attacks/make-attacks.ts";
import { forwardedPorts } from "../../src/trial/attacks/scanned-ports.ts";
import { observeTrial } from "../../src/trial/observe/observe-trial.ts";
import { openStandIns, type StandIns } from "../../src/trial/stand-ins/open.ts";
import { preparedDisk } from "../support/debian-tree.ts";
import { startDshieldService } from "../support/dshield-service.ts";
import {
  account,
  dshieldSettings,
  serveDshield,
  serviceVariables,
  waitForFirstBoot,
} from "../support/dshield-under-test.ts";
import { addFiles, unitVariables } from "../support/guest-files.ts";
import { ed25519Key } from "../support/keys.ts";
import { adminPort, probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { testMachine } from "../support/test-machine.ts";
import { type UnderTest, underTest } from "../support/under-test.ts";

// Everything that a trial observes, on a sensor with DShield's stand-in, restricted outgoing traffic, a transfer,
// notifications and measurements. `try.boot.ts` has a sensor without DShield, and the isolation.
const sensor = suite("a trial of a sensor with DShield");

for (const release of releasesToBoot()) {
  const trial = trialOf(release);
  const probe = probesOf(sensor, release, trial.subject);

  probe("everything that the settings promise is observed", async (machine) => {
    await waitForFirstBoot(machine);
    const { signal } = new AbortController();
    const { plan, standIns } = trial.made();
    const attacks = await makeAttacks(plan, machine, signal);
    const scope = { absent: {}, attacker: "10.0.2.2" };
    const scene = { plan, scope, guest: machine, sent: standIns.sent };
    const result = await observeTrial(scene, attacks, { signal, onStep: () => {} });
    const missing = [
      ...result.observations.filter(({ observed }) => observed !== true),
      ...result.attacks.flatMap(({ attack, appearances }) =>
        appearances.filter(({ state }) => state === "missing").map((one) => ({ attack: attack.id, ...one })),
      ),
    ];
    assert.equal(missing, []);
    const seen = result.attacks
      .flatMap(({ appearances }) => appearances)
      .filter(({ state }) => state === "seen");
    // Four attacks in the capture, the firewall log, the collected logs, the archive and the status, three in a log.
    assert.is(seen.length, 23);
    assert.ok(result.isComplete);
  });

  sensor(`${release}: the machine is turned off`, () => trial.subject.dispose());
}

sensor.run();

type Trial = {
  readonly subject: UnderTest;
  /** The settings and the stand-ins of the machine that was started. */
  readonly made: () => { readonly plan: Plan; readonly standIns: StandIns };
};

function trialOf(release: DebianRelease): Trial {
  const ends: (() => void | Promise<void>)[] = [];
  let made: { readonly plan: Plan; readonly standIns: StandIns } | undefined;
  const subject = underTest("the sensor", async ({ folder, key, keep }): Promise<VirtualMachine> => {
    const doors = await Promise.all([door(ends), door(ends)]);
    const [sftp, web] = doors.map(({ port }) => port);
    const repository = await serveDshield();
    ends.push(repository.stop);
    const file = join(folder, "sensors.yaml");
    const env = {
      DSHIELD_API_KEY: account.apiKey,
      BEAT: `https://10.0.2.2:${web}/beat`,
      HOOK: `https://10.0.2.2:${web}/hook`,
    };
    const write = (hostKey: string) =>
      writeFile(
        file,
        JSON.stringify({
          version: 1,
          sensors: [
            {
              name: "fra-vps",
              os: release,
              target: "nocloud",
              timezone: "Europe/Berlin",
              admin: {
                user: "analyst",
                ssh_port: adminPort,
                ssh_keys: [{ file: "key.pub" }],
                allow_from: ["10.0.2.0/24"],
              },
              capture: { exclude_ports: [9999] },
              backup: { format: "7z", password: "of the 7z sensor" },
              transfer: {
                host: "10.0.2.2",
                port: sftp,
                user: "sensor",
                path: "/backups/{sensor}",
                host_key: hostKey,
                generate_key: true,
              },
              notify: { heartbeat: { url: { env: "BEAT" } }, webhook: { url: { env: "HOOK" } } },
              metrics: { allow_from: ["10.0.2.2"] },
              security: { egress: "restricted" },
              dshield: { ...dshieldSettings, ref: repository.commit },
            },
          ],
        }),
      );
    await write(ed25519Key.split(" ").slice(0, 2).join(" "));
    const { sensors, diagnostics } = await loadSettings(file, processWorld(), { readSecrets: false });
    const [first] = sensors;
    if (first === undefined) throw new Error(JSON.stringify(diagnostics));
    const archives = await mkdtemp(join(tmpdir(), "sensorbake-trial-"));
    ends.push(() => rm(archives, { recursive: true }));
    const standIns = await openStandIns(first.plan, {
      folder: archives,
      realSecrets: new Map([
        ["notify.heartbeat.url", env.BEAT],
        ["notify.webhook.url", env.HOOK],
      ]),
    });
    for (const { port, lead } of doors)
      lead((socket) => {
        const found = standIns.all.find((one) => one.port === port);
        if (found === undefined) socket.destroy();
        else found.serve(socket);
      });
    made = { plan: standIns.plan, standIns };
    await write(standIns.plan.transfer?.hostKeys[0] ?? "");
    const built = await sensorbake(["build", file, "--output", join(folder, "out")], { env });
    if (built.code !== 0) throw new Error(`sensorbake build ended with ${built.code}: ${built.stderr}`);
    const seed = join(folder, "out/fra-vps");
    const userData = join(seed, "user-data");
    const service = await startDshieldService(account);
    ends.push(service.stop);
    const variables = unitVariables("honeypot-first-boot.service", serviceVariables(service));
    await addFiles(userData, [{ path: "/etc/gitconfig", content: repository.gitconfig }, variables]);
    await trust(userData, standIns.additions.files[0]?.content ?? "");
    const disk = await preparedDisk(release);
    const ports = [...forwardedPorts(standIns.plan)];
    const machine = await testMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports });
    keep(machine);
    await machine.start();
    await machine.waitForLogin();
    return machine;
  });
  return {
    subject: {
      machine: subject.machine,
      dispose: async () => {
        await subject.dispose();
        for (const end of ends) await end();
      },
    },
    made: () => {
      if (made === undefined) throw new Error("the sensor has not been turned on");
      return made;
    },
  };
}

async function trust(userData: string, certificate: string): Promise<void> {
  const config = parse(await readFile(userData, "utf8"));
  config.ca_certs = { trusted: [certificate] };
  await writeFile(userData, `#cloud-config\n${JSON.stringify(config)}\n`);
}

/** A port of this machine, which the guest reaches at 10.0.2.2. */
async function door(ends: (() => void)[]) {
  let serve: (socket: Socket) => void = (socket) => socket.destroy();
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  ends.push(() => void server.close());
  return {
    port: (server.address() as AddressInfo).port,
    lead: (leads: (socket: Socket) => void) => {
      serve = leads;
    },
  };
}
