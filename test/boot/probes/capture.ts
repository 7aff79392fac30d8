import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { knock } from "../../support/knock.ts";
import { here, withCopyOf } from "../../support/sensor-files.ts";
import { adminPort, excludedPort, type Probe } from "../../support/sensor-under-test.ts";

/** The capture holds what it should, and comes back. */
export function captureProbes(probe: Probe): void {
  probe("the capture contains packets to a honeypot's port, and none to an excluded one", async (machine) => {
    const before = await resets(machine);
    await knock(machine.port(excludedPort));
    assert.ok((await resets(machine)) > before, "the excluded port was reached");
    await assertCaptures(machine);
    assert.is(await capturedPackets(machine, `port ${excludedPort} or port ${adminPort}`), 0);
  });

  probe("tcpdump is no longer root, and AppArmor confines it", async (machine) => {
    const pid = await mainPid(machine);
    const status = await machine.must(`cat /proc/${pid}/status; cat /proc/${pid}/attr/current`);
    assert.not.match(status, /^Uid:\s+0\s/m);
    assert.match(status, /^CapEff:\s+0000000000002000$/m);
    assert.match(await machine.must(`ps -o user= -p ${pid}`), /^honeypot/);
    assert.match(status, /^(\/usr\/bin\/)?tcpdump \(enforce\)$/m);
  });

  probe(
    "the capture comes back after kill -9, in a new file, and the old one is sealed by the timetable",
    async (machine) => {
      const before = await mainPid(machine);
      const files = await dumps(machine);
      await machine.must(`kill -9 ${before}`);
      await waitFor("another tcpdump", async () => ![before, "0"].includes(await mainPid(machine)));
      await assertCaptures(machine);
      const after = await dumps(machine);
      assert.ok(after.length > files.length, `${files} ${after}`);
      const seal = `cd /var/lib/honeypot/dumps; stat --format='%a %U %n' ${files.join(" ")}`;
      await waitFor("the seal", async () =>
        (await machine.must(seal)).split("\n").every((line) => line === "" || /^4[04]{2} root /.test(line)),
      );
    },
  );
}

/** Sees that a packet sent now ends up in a file. */
export async function assertCaptures(machine: VirtualMachine): Promise<void> {
  const isListening = async (): Promise<boolean> => {
    const before = await capturedPackets(machine, "tcp dst port 23");
    await knock(machine.port(23));
    return (await capturedPackets(machine, "tcp dst port 23")) > before;
  };
  await waitFor("a packet in the capture", isListening, 300);
}

export async function dumps(machine: VirtualMachine): Promise<readonly string[]> {
  const names = await machine.must("ls -1 /var/lib/honeypot/dumps");
  return names.split("\n").filter((name) => name !== "");
}

async function capturedPackets(machine: VirtualMachine, filter: string): Promise<number> {
  return withCopyOf(machine, "/var/lib/honeypot/dumps", async (copy) => {
    let count = 0;
    for (const name of await readdir(copy)) {
      const lines = await here("tcpdump", "-n", "-r", join(copy, name), filter);
      count += lines.split("\n").filter((line) => line !== "").length;
    }
    return count;
  });
}

async function mainPid(machine: VirtualMachine): Promise<string> {
  return (await machine.must("systemctl show --property=MainPID --value honeypot-capture.service")).trim();
}

/** How many connections the machine has refused. */
async function resets(machine: VirtualMachine): Promise<number> {
  return Number(await machine.must("awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp"));
}
