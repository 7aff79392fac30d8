import { resolve } from "node:path";
import { execute, makeScratchRoot, type ScratchRoot } from "./scratch-root.ts";

/** A sensor whose traffic, logs and jobs are simulated, and whose cross-checks run every ten minutes of that time. */
export type SimulatedSensor = {
  readonly scratch: ScratchRoot;
  /** The time up to which it has been simulated. It is noon then. */
  readonly noon: number;
  /** Continues with the simulation at noon, on a copy. */
  readonly withFaults: (
    faults: readonly string[],
    hours: number,
    body: (scratch: ScratchRoot, found: Simulated) => Promise<void>,
  ) => Promise<void>;
};

/** When each broken link was found first, and when it was observable, in seconds after noon; those no longer reported. */
export type Simulated = {
  readonly found: ReadonlyMap<string, number>;
  readonly observable: ReadonlyMap<string, number>;
  readonly gone: readonly string[];
};

const hour = 3600;
/** Everything that is simulated after noon is over by now. */
const hoursAfterNoon = 64;

/** A sensor that has been running for some days without a fault. The caller removes its root. */
export async function makeSimulatedSensor(
  days: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<SimulatedSensor> {
  const scratch = await makeScratchRoot(settings);
  const noon = Math.floor(Date.now() / 1000) - hoursAfterNoon * hour;
  const begin = noon - days * 24 * hour;
  await scratch.write("etc/default/honeypot", await scratch.read("etc/default/honeypot"), { ageHours: 999 });
  await scratch.write("srv/dshield/etc/dshield.ini", "local_logs_file=/srv/log/webhoneypot_{date}.json\n");
  const redirects = [
    "22 -j REDIRECT --to-ports 2222",
    "23 -j REDIRECT --to-ports 2223",
    "80 -j REDIRECT --to-ports 8000",
  ];
  const rules = redirects.map((redirect) => `-A PREROUTING -p tcp -m tcp --dport ${redirect}\n`);
  await scratch.write("etc/network/iptables", rules.join(""));
  await scratch.write("proc/net/fib_trie", "     |-- 192.0.2.10\n        /32 host LOCAL\n");
  await scratch.write("sys/fs/cgroup/system.slice/honeypot-capture.service/cgroup.procs", `${process.pid}\n`);
  await scratch.write("var/lib/honeypot/state/first-boot.done", "", { ageHours: days * 24 + hoursAfterNoon });
  const simulated = await simulate(scratch, begin, noon, [], { begin, noon });
  if (simulated.found.size > 0) throw new Error(`a false alarm: ${[...simulated.found.keys()].join(", ")}`);
  return {
    scratch,
    noon,
    withFaults: async (faults, hours, body) => {
      const copy = await makeScratchRoot(settings);
      try {
        await execute("cp", ["--archive", `${scratch.root}/.`, copy.root]);
        await body(copy, await simulate(copy, noon, noon + hours * hour, faults, { begin, noon }));
      } finally {
        await copy.remove();
      }
    },
  };
}

async function simulate(
  scratch: ScratchRoot,
  from: number,
  to: number,
  faults: readonly string[],
  { begin, noon }: { readonly begin: number; readonly noon: number },
): Promise<Simulated> {
  const words = ["-IB", resolve("test/support/sensor-days.py"), String(from), String(to), ...faults];
  const environment = { ...scratch.environment, BEGIN: String(begin), NOON: String(noon) };
  const { code, stdout, stderr } = await execute("python3", words, environment);
  if (code !== 0) throw new Error(stderr);
  const { found, observable, gone } = JSON.parse(stdout);
  const afterNoon = (times: Readonly<Record<string, number>>) =>
    new Map(Object.entries(times).map(([name, time]) => [name, time - noon]));
  return { found: afterNoon(found), observable: afterNoon(observable), gone };
}
