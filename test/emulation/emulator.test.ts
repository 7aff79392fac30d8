import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { emulator } from "../../src/emulation/emulator.ts";
import { machineWords } from "../../src/emulation/machine-words.ts";
import { virtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite("virtual machines");
const withQemu = needs("qemu-system-x86_64", "qemu-img", "setpriv");
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.unreachable(),
    (error: unknown) => error,
  );
let folder: string;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  await writeFile(join(folder, "base.img"), Buffer.alloc(1 << 20));
});
test.after.each(() => rm(folder, { recursive: true, force: true }));

const base = () => ({ disk: join(folder, "base.img"), format: "raw", architecture: "amd64" }) as const;

withQemu(
  test,
  "a machine without a kernel starts by its firmware, and ends when its power is cut",
  async () => {
    const seed = [
      { path: "user-data", content: "#cloud-config\n" },
      { path: "meta-data", content: "instance-id: one\n" },
    ];
    const machine = await emulator({ base: base(), seed, accelerator: "tcg", folder });
    assert.is((await stat(join(folder, "seed.img"))).mode & 0o777, 0o600);
    assert.throws(machine.assertRunning, /the machine is off/);
    await machine.start([]);
    machine.assertRunning();
    assert.is(processesBelow(process.pid).length, 1);
    await machine.cutPower();
    assert.is(processesBelow(process.pid).length, 0);
    assert.throws(machine.assertRunning, /the machine is off/);
  },
);

withQemu(test, "a machine that is released runs on when the process that started it ends", async () => {
  const module = new URL("../../src/emulation/emulator.js", import.meta.url).href;
  const script = `const { emulator } = await import(${JSON.stringify(module)});
const machine = await emulator({ base: ${JSON.stringify(base())}, accelerator: "tcg", folder: ${JSON.stringify(folder)}, mayOutlive: true });
await machine.start([]);
console.log(process.argv[1] === "release" ? machine.release() : "");
process.exit();`;
  const run = (word: string) =>
    execute(process.execPath, ["--input-type=module", "--eval", script, word], process.env, 60);
  const { stdout, stderr } = await run("release");
  const pid = Number(stdout);
  assert.ok(pid > 0, stderr);
  assert.match(await readFile(`/proc/${pid}/cmdline`, "latin1"), /qemu-system-x86_64/);
  process.kill(pid, "SIGKILL");
  await rm(join(folder, "monitor"), { force: true });
  assert.is((await run("keep")).code, 0);
  const left = await execute("pgrep", ["--full", `${folder}/disk.qcow2`]);
  assert.is(left.stdout, "");
});

withQemu(test, "the message of a QEMU that refuses its words is reported", async () => {
  const machine = await emulator({ base: base(), accelerator: "hvf", folder });
  const error = await failure(machine.start([]));
  assert.instance(error, OutsideError);
  assert.match((error as OutsideError).message, /^QEMU ended: .*hvf/s);
});

withQemu(test, "a machine that writes to its console without end is turned off", async () => {
  const machine = await emulator({ base: base(), accelerator: "tcg", folder });
  await machine.start([]);
  await truncate(join(folder, "console"), 300 << 20);
  await waitFor("the end", async () => processesBelow(process.pid).length === 0, 20);
  assert.throws(machine.assertRunning, /QEMU ended: the guest wrote more than \d+ bytes to its console/);
});

withQemu(test, "an isolated machine gets no card later, which would lead everywhere", async () => {
  const login = { user: "analyst", key: join(folder, "key"), sshPort: 22, ports: [] };
  const machine = await virtualMachine({ disk: base(), accelerator: "tcg", isolation: [], ...login });
  try {
    await machine.start("unplugged");
    for (const plug of [machine.plugNetwork(), machine.plugOtherNetwork(22)])
      assert.match(String(await failure(plug)), /cannot be isolated/);
  } finally {
    await machine.dispose();
  }
});

withQemu(test, "a machine that cannot be made leaves no folder behind", async () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const disk = { ...base(), disk: join(folder, "missing.img") };
  const login = { user: "analyst", key: join(folder, "key"), sshPort: 22, ports: [] };
  const error = await failure(virtualMachine({ disk, accelerator: "tcg", ...login }));
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  assert.match((error as Error).message, /there is no disk .*missing\.img/);
  assert.equal(await readdir(folder), ["base.img"]);
});

test("a disk with a kernel beside it gets the kernel's command line, and an accelerated one the host's processor", () => {
  const kernel = { image: "/k", initrd: "/i" };
  const words = machineWords({ ...base(), kernel, architecture: "arm64" }, "hvf", (name) => name, false).join(
    " ",
  );
  assert.match(words, /^-accel hvf -cpu host -machine virt /);
  assert.match(words, / -kernel \/k -initrd \/i -append root=LABEL=root ro console=ttyAMA0 /);
  assert.not.match(machineWords(base(), "tcg", (name) => name, true).join(" "), /-kernel|-cpu host/);
});

test.run();
