import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const reboot = suite("first-boot/80-reboot");

const step = "opt/honeypot/first-boot/80-reboot.sh";
// The exit code of a signal.
const killed = 128;
const mark = "var/lib/honeypot/state/reboot";

reboot("it asks for a reboot, ends the runner with it, and is done after it", () =>
  withSensor(async (scratch) => {
    await boots(scratch, "one");
    assert.is((await scratch.run(step)).code, killed);
    assert.is(await scratch.read("calls"), "reboot\n");
    assert.is(await scratch.read(mark), "one\n");
    await boots(scratch, "two");
    assert.is((await scratch.run(step)).code, 0);
    assert.is(await scratch.read("calls"), "reboot\n");
  }),
);

reboot("a reboot that did not come is asked for again", () =>
  withSensor(async (scratch) => {
    await boots(scratch, "one");
    await scratch.stub("systemctl", 'echo "$*" >>"$HONEYPOT_ROOT/calls"; exit 1');
    assert.is((await scratch.run(step)).code, 1);
    assert.is((await scratch.run(step)).code, 1);
    assert.is(await scratch.read("calls"), "reboot\nreboot\n");
  }),
);

reboot("a power cut before it leaves it to be done, a power cut after it is it", () =>
  withSensor(async (scratch) => {
    await boots(scratch, "one");
    await scratch.stub("mv", "kill -9 $PPID");
    assert.is((await scratch.run(step)).code, killed);
    assert.is(await scratch.exists("calls"), false);
    await execute("rm", [scratch.path("stubs/mv")]);
    await boots(scratch, "two");
    await scratch.stub("systemctl", "kill -9 $PPID");
    assert.is((await scratch.run(step)).code, killed);
    await boots(scratch, "three");
    assert.is((await scratch.run(step)).code, 0);
  }),
);

reboot("ignores a mark that a power cut has emptied", () =>
  withSensor(async (scratch) => {
    await boots(scratch, "one");
    await scratch.write(mark, "");
    assert.is((await scratch.run(step)).code, killed);
    assert.is(await scratch.read("calls"), "reboot\n");
  }),
);

reboot.run();

async function withSensor(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const scratch = await makeScratchRoot();
  try {
    await scratch.stub("systemctl", 'echo "$*" >>"$HONEYPOT_ROOT/calls"');
    // The shutdown, which ends the waiting step.
    await scratch.stub("sleep", "kill -9 $PPID");
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

function boots(scratch: ScratchRoot, id: string): Promise<string> {
  return scratch.write("proc/sys/kernel/random/boot_id", `${id}\n`);
}
