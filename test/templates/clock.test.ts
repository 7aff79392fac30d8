import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";

const clock = suite("templates/clock");
const withPython = needs("python3");
const baseline = "run/honeypot/clock";
const lastRun = "var/lib/honeypot/state/retention.last";
const jump = "var/lib/honeypot/state/clock.jumped";
const hour = 3600;
const day = 24 * hour;

withPython(clock, "is trusted while a time server responds and it advances evenly", () =>
  withClock("yes", async (root) => {
    assert.equal(await ask(root), { code: 0, stdout: "", stderr: "" });
    assert.equal(await ask(root), { code: 0, stdout: "", stderr: "" });
    assert.equal(readdirSync(root.path("var/lib/honeypot/state")), []);
  }),
);

for (const answer of ["no", ""])
  withPython(clock, `is not trusted when timedatectl says ${answer || "nothing"}`, () =>
    withClock(answer, async (root) => {
      const { code, stdout } = await ask(root);
      assert.is(code, 1);
      assert.is(stdout, "the clock is not synchronised with a time server\n");
    }),
  );

/** The clock is `moved` seconds from where it should be after this boot, or since the last run of the boot before. */
const moves: readonly (readonly [name: string, sinceBoot: boolean, moved: number, isTrusted: boolean])[] = [
  ["jumps 40 days ahead", false, 40 * day, false],
  ["jumps 40 days back", false, -40 * day, false],
  ["is set by some hours", false, 20 * hour, true],
  ["is 40 days further after a reboot", true, 40 * day, false],
  ["is 40 days back after a reboot", true, -40 * day, false],
  ["is some hours further after a reboot", true, 20 * hour, true],
];
for (const [name, sinceBoot, moved, isTrusted] of moves)
  withPython(clock, `is ${isTrusted ? "" : "not "}trusted when it ${name}`, () =>
    withClock("yes", async (root) => {
      if (sinceBoot) await root.write(lastRun, `${Math.round(now() - moved)} ok nothing was due\n`);
      else await root.write(baseline, `${now() - sinceStart() - moved}\n`);
      for (let time = 0; time < 2; time++) {
        const { code, stdout } = await ask(root);
        assert.is(code, isTrusted ? 0 : 1);
        if (isTrusted) assert.is(stdout, "");
        else
          assert.match(
            stdout,
            new RegExp(
              `^the clock moved from ${dateOf(now() - moved)} .* to ${dateOf(now())} .* UTC at once .* sudo rm /var/lib/honeypot/state/clock.jumped\n$`,
            ),
          );
      }
      assert.is(await root.exists(jump), !isTrusted);
    }),
  );

withPython(clock, "is trusted again a day after a jump, or when an admin says so", () =>
  withClock("yes", async (root) => {
    await ask(root);
    await root.write(jump, `${Math.round(now() - day + hour)} 0\n`);
    assert.is((await ask(root)).code, 1);
    await root.write(jump, `${Math.round(now() - day - hour)} 0\n`);
    assert.is((await ask(root)).code, 0);
    assert.not(await root.exists(jump));

    await root.write(baseline, `${now() - sinceStart() - 40 * day}\n`);
    assert.is((await ask(root)).code, 1);
    const command = (await ask(root)).stdout.match(/sudo rm (\S+)\n$/)?.[1] as string;
    assert.is(command, `/${jump}`);
    await root.write(jump, "");
    assert.is((await ask(root)).code, 0, "an empty record says nothing");
  }),
);

clock.run();

function ask(root: ScratchRoot): Promise<Outcome> {
  return root.run("task.sh");
}

async function withClock(synchronised: string, body: (root: ScratchRoot) => Promise<void>): Promise<void> {
  const root = await makeScratchRoot();
  await root.stub("timedatectl", `echo ${synchronised}`);
  await root.write(
    "task.sh",
    '#!/bin/bash\nset -eu\nsource "$HONEYPOT_ROOT/opt/honeypot/scripts/common.sh"\nclock_is_plausible\n',
    { mode: 0o700 },
  );
  try {
    await body(root);
  } finally {
    await root.remove();
  }
}

function now(): number {
  return Date.now() / 1000;
}

/** Seconds since this machine started, including suspended time. */
function sinceStart(): number {
  return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
