import { suite } from "uvu";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { changedSensor, inside } from "../support/changed-sensor.ts";
import { releasesToBoot } from "../support/sensor-under-test.ts";

// A power cut, or the death of the operator's computer, during a change leaves the old or the new state.

const test = suite("apply: accidents");
const engine = "/var/lib/honeypot/apply";

for (const release of releasesToBoot()) {
  const sensor = changedSensor(test, release);
  // Each change has another value, so that none has nothing to change.
  let days = 60;

  for (const phase of ["staged", "changing", "waiting"])
    for (const accident of ["a power cut", "the operator's death"])
      sensor.test(`${accident} while the change is ${phase}`, async (machine) => {
        days += 1;
        const wanted = inside("logs", { keep_days: days })(sensor.settings);
        const abort = new AbortController();
        await machine.run("rm -f /var/lib/honeypot/state/apply.last");
        const running = sensor.run("apply", wanted, ["--yes"], abort.signal).catch(() => undefined);
        const reached = async () => (await machine.run(`grep -qx ${phase} ${engine}/phase`)).code === 0;
        // A phase may be over before the next look.
        const isOver = async () =>
          (await machine.run("test -e /var/lib/honeypot/state/apply.last")).code === 0;
        await waitFor(`the phase ${phase}`, async () => (await reached()) || (await isOver()), 600);
        abort.abort();
        if (accident === "a power cut") {
          await machine.cutPower();
          await machine.start();
          await machine.waitForLogin();
        }
        await running;
        await waitFor("the end", async () => (await machine.run(`test ! -e ${engine}`)).code === 0, 900);
        const isNew = (await machine.must("grep LOGS_KEEP_DAYS /etc/default/honeypot")).includes(
          String(days),
        );
        if (isNew) sensor.settings = wanted;
        await sensor.assertLikeFirstBoot(sensor.settings);
        await machine.must("! test -e /etc/systemd/system/honeypot-revert.service");
      });

  sensor.turnOff();
}

test.run();
