import { readFile, symlink } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";
import { type MachineToChange, machineToChange } from "../support/machine-to-change.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite("accidents during apply");
const asRoot = needs("root", "tar", "flock");

const { capture, admin } = examplePlan;
const shorter: Plan = { ...examplePlan, capture: { ...capture, keepDays: 7 } };
const restricted: Plan = { ...examplePlan, security: { egress: "restricted" } };
const measured: Plan = { ...examplePlan, metrics: { allowFrom: ["10.0.0.9/32"], port: 19_100 } };
const otherUser: Plan = { ...examplePlan, admin: { ...admin, user: "other" } };
const phase = "var/lib/honeypot/apply/phase";
const result = "var/lib/honeypot/state/apply.last";

// Stands for systemd-run: the engine dies while it waits for a login, as with a power cut.
const killedWhileWaiting = `while [[ "$1" == --* ]]; do shift; done
setsid "$@" & engine=$!
until grep -qsx waiting "\${HONEYPOT_ROOT}/${phase}"; do sleep 0.05; done
kill -9 -- -$engine`;

asRoot(test, "a disk that is full before the first change leaves everything as it was", () =>
  withMachine(examplePlan, async (machine) => {
    const link = "etc/systemd/system/multi-user.target.wants/honeypot-capture.service";
    await symlink("/etc/systemd/system/honeypot-capture.service", machine.path(link));
    const before = await machine.files();
    await machine.stage(shorter);
    await machine.stub("head", '[[ "$*" != *=16M* ]] || exit 1\nexec /usr/bin/head "$@"');
    await machine.engine("start 1");
    assert.match(await machine.read(result), /failed nothing was changed: the disk is full/);
    assert.is(await machine.files(), before);
    assert.not.ok(await machine.exists("var/lib/honeypot/apply"));
  }),
);

asRoot(test, "a change that cannot begin does not forbid the next one", () =>
  withMachine(examplePlan, async (machine) => {
    const before = await machine.files();
    await machine.stage(shorter);
    await machine.stub("systemd-run", "exit 1");
    assert.is((await machine.engine("start 1")).code, 1);
    assert.is(await machine.files(), before);
    assert.match((await machine.engine("plan")).stdout, "setting\tcapture.keep_days\t14\t7");
  }),
);

asRoot(test, "of two operators only one begins", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.stage(shorter);
    const start = `exec 9>"$1"; flock 9; bash "$2" start 1`;
    const files = [
      machine.path("run/honeypot-apply.lock"),
      machine.path("run/honeypot-apply/staged/engine.sh"),
    ];
    const second = await execute("bash", ["-c", start, "bash", ...files], machine.environment);
    assert.is(second.code, 1);
    assert.match(second.stderr, "another apply begins at this moment");
    await machine.write(phase, "changing\n");
    const later = await machine.engine("start 1");
    assert.is(later.code, 1);
    assert.match(later.stderr, "another apply is in progress");
    assert.is(await machine.read(phase), "changing\n");
  }),
);

asRoot(test, "a file that cannot be restored does not keep the others from it", () =>
  withMachine(examplePlan, async (machine) => {
    const old = await machine.read("etc/honeypot/manifest");
    await machine.stage(restricted);
    await machine.stub("systemd-run", killedWhileWaiting);
    await machine.engine("start 60");
    // A folder has taken the place of one file, and another has a link of an interrupted restore.
    const [taken, victim] = [machine.path("etc/default/honeypot"), await machine.write("victim", "kept")];
    await execute("bash", ["-c", 'rm "$1" && mkdir -p "$1/x"', "bash", taken]);
    await symlink(victim, machine.path("etc/honeypot/.honeypot-apply.new"));
    assert.is((await machine.kept("boot")).code, 0);
    assert.match(await machine.read(result), /confirmed the change; not every old file could be restored/);
    assert.is(await machine.read("etc/honeypot/manifest"), old);
    assert.not.ok(await machine.exists("opt/honeypot/scripts/egress-limits.sh"));
    assert.not.ok(await machine.exists("etc/honeypot/.honeypot-apply.new"));
    assert.is(await readFile(victim, "utf8"), "kept");
  }),
);

asRoot(test, "a power cut after the confirmation does not forget what has to be removed", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.stage(otherUser);
    const foreground = await machine.read("stubs/systemd-run");
    await machine.stub("systemd-run", killedWhileWaiting);
    await machine.engine("start 60");
    await machine.write(phase, "confirmed\n");
    await machine.write("stubs/systemd-run", foreground, { mode: 0o755 });
    assert.is((await machine.kept("boot")).code, 0);
    assert.match(await machine.read(result), / ok /);
    assert.match(await machine.read("calls"), `gpasswd --delete ${admin.user} sudo`);
    assert.match(await machine.read("etc/default/honeypot"), 'ADMIN_USER="other"');
    assert.not.ok(await machine.exists("var/lib/honeypot/apply"));
  }),
);

asRoot(test, "a revert stops the units that the change added", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.stage(restricted);
    await machine.engine("start 1");
    const calls = await machine.read("calls");
    assert.match(calls, "systemctl stop honeypot-egress.timer");
    assert.match(calls, "nft delete table inet honeypot_egress");
  }),
);

asRoot(
  test,
  "a revert stops and disables an exporter that the change added, which would answer everybody",
  () =>
    withMachine(examplePlan, async (machine) => {
      const link = "etc/systemd/system/multi-user.target.wants/prometheus-node-exporter.service";
      // Stands for the exporter's package, which enables its unit.
      await machine.stub(
        "systemctl",
        `printf 'systemctl %s\\n' "$*" >>"\${HONEYPOT_ROOT}/calls"
if grep -qsx changing "\${HONEYPOT_ROOT}/${phase}"; then ln -sf unit "\${HONEYPOT_ROOT}/${link}"; fi
[[ "$1" != is-active ]]`,
      );
      await machine.stage(measured);
      const before = await machine.files();
      await machine.engine("start 1");
      assert.match(await machine.read("calls"), "systemctl stop prometheus-node-exporter.service");
      assert.is(await machine.files(), before);
    }),
);

asRoot(test, "writes through no link that was left at the temporary name", () =>
  withMachine(examplePlan, async (machine) => {
    const victim = await machine.write("victim", "kept");
    await symlink(victim, machine.path("etc/default/.honeypot-apply.new"));
    await machine.stage(shorter);
    await machine.engine("start 0");
    assert.is(await readFile(victim, "utf8"), "kept");
    assert.match(await machine.read("etc/default/honeypot"), 'CAPTURE_KEEP_DAYS="7"');
  }),
);

asRoot(test, "a hostile folder in place of one of DShieldKickStarter's files does not stop a change", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.write("var/lib/honeypot/dumps/grab_tcpdump.sh/x", "");
    await machine.stage(shorter);
    await machine.engine("start 0");
    assert.match(await machine.read(result), / ok /);
    assert.not.ok(await machine.exists("var/lib/honeypot/apply"));
  }),
);

asRoot(test, "a signal at the installer's question leaves no secret in memory", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.install(shorter, "--dry-run");
    const script = `mkfifo "$2/in"; sh "$1" <"$2/in" >"$2/out" 2>&1 & pid=$!
exec 3>"$2/in"; until grep --quiet "Change this machine" "$2/out"; do sleep 0.1; done
ls "$2/run/honeypot-apply" | wc --lines; kill -TERM "$pid"; wait "$pid"`;
    const file = machine.path(`${examplePlan.name}.install.sh`);
    const words = ["-c", script, "bash", file, machine.root];
    const { code, stdout } = await execute("bash", words, machine.environment, 60);
    assert.is(stdout, "1\n");
    assert.is(code, 130);
    assert.is((await execute("ls", [machine.path("run/honeypot-apply")])).stdout, "");
  }),
);

test.run();

async function withMachine(plan: Plan, body: (machine: MachineToChange) => Promise<void>): Promise<void> {
  const machine = await machineToChange(plan);
  try {
    await body(machine);
  } finally {
    await machine.remove();
  }
}
