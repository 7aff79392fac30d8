import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeSimulatedSensor, type SimulatedSensor } from "../support/simulated-sensor.ts";

// Each fault is planted alone, at noon, on a simulated sensor. The cross-checks must find it within a quarter of an hour
// after it becomes observable, and nothing else. planted-faults.test.ts has the faults that are visible at once.

const planted = suite("planted faults in simulated time");
const test = needs("ss");
const quarter = 15 * 60;

/** A fault of sensor-days.py, the hours that pass, and when it becomes observable if the simulation cannot tell. */
type Slow = readonly [
  fault: string,
  simulated: readonly string[],
  hours: number,
  found: readonly (readonly [link: string, check: string, observableMinutes?: number])[],
];

const slow: readonly Slow[] = [
  [
    "flushed NAT rules",
    ["nat"],
    2,
    [
      ["answers", "answers"],
      ["firewall", "firewall log"],
    ],
  ],
  ["a cowrie that hangs", ["hanging"], 2, [["answers", "answers"]]],
  ["cowrie's JSON output is disabled", ["cowrie log"], 2, [["cowrie", "cowrie log"]]],
  ["a frozen web log", ["web log"], 2, [["web", "web log"]]],
  ["a frozen firewall log", ["firewall log"], 2, [["firewall", "firewall log"]]],
  // Three times the longest silence of the other days at noon, and a quarter of an hour.
  ["a security group that lets nothing in", ["uplink"], 2, [["traffic", "traffic", 35]]],
  ["a capture filter that matches nothing", ["filter"], 2, [["capture", "captured traffic", 35]]],
  ["a capture on the wrong interface", ["interface"], 2, [["capture", "captured traffic", 35]]],
  // The second missing collection.
  ["a collection that has stopped", ["collection"], 3, [["collected-cowrie", "collected logs", 70]]],
  ["a collection that skips one log", ["collection of web"], 3, [["collected-web", "collected logs", 70]]],
  ["a deleted cron file of DShield", ["reports"], 3, [["unreported", "reports", 100]]],
  // The second refusal.
  ["reports that DShield refuses", ["replies"], 3, [["refused", "reports", 40]]],
  // A day and two hours after the file was finished; for the archive, two hours after the reboot.
  ["backups without archives", ["archives"], 41, [["archived", "archived logs", 38 * 60 + 10]]],
  ["archives that do not arrive", ["transfers"], 44, [["sent", "sent archives", 42 * 60]]],
];

let sensor: SimulatedSensor;
planted.before(async () => {
  sensor = await makeSimulatedSensor(4, {
    TRANSFER_HOST: "192.0.2.7",
    TRANSFER_INTERVAL_SECONDS: "86400",
  });
});
planted.after(() => sensor.scratch.remove());

for (const [fault, simulated, hours, wanted] of slow)
  test(planted, `names ${fault} in time`, async () => {
    await sensor.withFaults(simulated, hours, async (scratch, { found, observable, gone }) => {
      for (const [link, , minutes] of wanted) {
        const named = found.get(link) ?? Number.POSITIVE_INFINITY;
        const since = minutes === undefined ? observable.get(link) : minutes * 60;
        if (since === undefined) return assert.unreachable(`${link} is not observable`);
        assert.ok(named <= since + quarter, `${link}: observable after ${since} s, named after ${named} s`);
      }
      const links = wanted.map(([link]) => link.replace(/-.*/, ""));
      assert.equal(
        [...new Set([...found.keys()].map((link) => link.replace(/-.*/, "")))].sort(),
        links.sort(),
      );
      assert.equal(gone, [], "reported until it is repaired");
      for (const command of ["systemctl", "nft"]) await scratch.stub(command, ":");
      await scratch.lay("usr/local/lib/honeypot/status/links.sh");
      const { stdout } = await scratch.run("usr/local/bin/honeypot-status", ["--json"]);
      const { checks }: { readonly checks: readonly Check[] } = JSON.parse(stdout);
      for (const [, check] of wanted) {
        const one = checks.find(({ name }) => name === check);
        assert.is(one?.status, "bad", check);
        assert.ok((one?.next ?? "").length > 10, check);
      }
    });
  });

for (const fault of ["cowrie log", "nat", "uplink", "filter", "collection", "collection of web", "replies"])
  test(planted, `still reports "${fault}" after the daily reboot`, async () => {
    await sensor.withFaults([fault], 18, async (_scratch, { found, gone }) => {
      assert.ok(found.size > 0);
      assert.equal(gone, []);
    });
  });

planted.run();

type Check = { readonly name: string; readonly status: string; readonly next: string };
