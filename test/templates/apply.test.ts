// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";
import { type MachineToChange, machineToChange } from "../support/machine-to-change.ts";
import { needs } from "../support/needs.ts";

const test = suite("the engine of apply");
const asRoot = needs("root", "tar");

const { admin, capture, backup } = examplePlan;
const shorter: Plan = { ...examplePlan, capture: { ...capture, keepDays: 7 } };
const otherPort: Plan = { ...examplePlan, admin: { ...admin, sshPort: 2222 } };
const password = new Map([["backup.password", "CANARY-old"]]);
const newPassword = new Map([["backup.password", "CANARY-new"]]);
const withPassword: Plan = { ...examplePlan, backup: { ...backup, password: { kind: "env", name: "X" } } };
const restricted: Plan = { ...examplePlan, security: { egress: "restricted" } };
const transfer: Plan["transfer"] = {
  host: "192.0.2.9",
  port: 22,
  user: "backup",
  path: "/",
  hostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy"],
  privateKey: undefined,
  schedule: "0 4 * * *",
  bandwidthLimit: 0,
  keepDays: 0,
};
const current = "var/lib/honeypot/apply/phase";

asRoot(test, "a machine that is as its settings say gets no change", () =>
  withMachine(examplePlan, async (machine) => {
    const before = await machine.files();
    await machine.stage(examplePlan);
    const { code, stdout } = await machine.engine("plan");
    assert.is(code, 0);
    assert.is(stdout, "machine\tsensor\tsensorbake 0.1.0\n");
    assert.is(await machine.files(), before);
  }),
);

asRoot(test, "the plan names each changed setting with its old and new value, and what runs again", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.stage({ ...shorter, admin: { ...admin, allowFrom: ["203.0.113.0/24"] } });
    const lines = (await machine.engine("plan")).stdout.split("\n");
    assert.ok(lines.includes("setting\tcapture.keep_days\t14\t7"));
    assert.ok(lines.includes("setting\tadmin.allow_from\t198.51.100.0/24\t203.0.113.0/24"));
    assert.ok(lines.includes("file\tchange\t/etc/default/honeypot"));
    assert.ok(lines.includes("step\tnow\t20-admin"));
    assert.ok(lines.includes("step\tnow\t60-services"));
    assert.not.ok(lines.some((line) => line.includes("40-packages")));
  }),
);

asRoot(test, "a changed secret is named and never shown", () =>
  withMachine(
    withPassword,
    async (machine) => {
      await machine.stage(withPassword, newPassword);
      const { stdout, stderr } = await machine.engine("plan");
      assert.match(stdout, "setting\tbackup.password\t(secret)\t(secret)\n");
      assert.not.match(stdout + stderr, /CANARY/);
    },
    password,
  ),
);

asRoot(test, "the plan marks a file that was changed on the machine", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.write("etc/cron.d/honeypot", "# mine\n");
    await machine.stage(examplePlan);
    const { stdout } = await machine.engine("plan");
    assert.match(stdout, "file\tchange\t/etc/cron.d/honeypot\ndrift\t/etc/cron.d/honeypot\n");
  }),
);

for (const [name, plan, words] of [
  ["name", { ...examplePlan, name: "other" }, /the name sensor-1; the settings have other/],
  ["target", { ...examplePlan, target: "hetzner" }, /the target nocloud; the settings have hetzner/],
  ["system", { ...examplePlan, os: "debian-12" }, /has debian 13; the settings have os: debian-12/],
] as const)
  asRoot(test, `another ${name} is refused`, () =>
    withMachine(examplePlan, async (machine) => {
      await machine.stage(plan);
      const { code, stdout, stderr } = await machine.engine("plan");
      assert.is(code, 1);
      assert.match(stdout + stderr, words);
    }),
  );

asRoot(
  test,
  "a confirmed change leaves the files of a machine that was made with the new settings",
  async () => {
    for (const [from, to] of [
      [examplePlan, shorter],
      [examplePlan, restricted],
      [restricted, otherPort],
    ] as const)
      await withMachine(to, async (fresh) =>
        withMachine(from, async (machine) => {
          await machine.stage(to);
          assert.is((await machine.engine("start 0")).code, 0);
          assert.match(await machine.read("var/lib/honeypot/state/apply.last"), /^\d+ ok \d+ changes/);
          assert.is(await machine.files(), await fresh.files());
          assert.is(await machine.read("etc/honeypot/manifest"), await fresh.read("etc/honeypot/manifest"));
          assert.not.ok(await machine.exists("var/lib/honeypot/apply"));
          await machine.stage(to);
          assert.is((await machine.engine("plan")).stdout.split("\n").length, 2);
        }),
      );
  },
);

asRoot(test, "a feature that is no longer wanted leaves neither its keys nor its findings", () =>
  withMachine({ ...examplePlan, transfer }, async (machine) => {
    const left = ["etc/honeypot/secrets/transfer_key", "etc/honeypot/transfer_key.pub"];
    for (const file of [
      ...left,
      "var/lib/honeypot/state/transfer.notes",
      "var/lib/honeypot/state/backup.notes",
    ])
      await machine.write(file, "bad: x\n");
    await machine.stage({ ...examplePlan, transfer: { ...transfer, port: 23 } });
    assert.is((await machine.engine("start 0")).code, 0);
    for (const file of left) assert.ok(await machine.exists(file), "another server needs the same key");
    await machine.stage(examplePlan);
    assert.is((await machine.engine("start 0")).code, 0);
    for (const file of [...left, "var/lib/honeypot/state/transfer.notes"])
      assert.not.ok(await machine.exists(file), file);
    assert.ok(await machine.exists("var/lib/honeypot/state/backup.notes"));
  }),
);

asRoot(test, "without a new login the machine reverts the change", () =>
  withMachine(examplePlan, async (machine) => {
    const before = await machine.files();
    await machine.stage(otherPort);
    await machine.engine("start 1");
    assert.match(
      await machine.read("var/lib/honeypot/state/apply.last"),
      /failed reverted: no new login confirmed/,
    );
    assert.is(await machine.files(), before);
    const calls = await machine.read("calls");
    // The old step moves sshd back.
    assert.is(calls.match(/step 20-admin/g)?.length, 2);
    assert.not.ok(await machine.exists("var/lib/honeypot/apply"));
  }),
);

asRoot(test, "a step that fails, or a check that becomes worse, makes it revert the change", async () => {
  for (const [file, content, reason] of [
    ["fail-20-admin", "", /20-admin failed/],
    [
      "worse",
      "x\nok capture         running\n!! disk            full\n",
      /honeypot-status became worse: disk/,
    ],
  ] as const)
    await withMachine(examplePlan, async (machine) => {
      const before = await machine.files();
      await machine.stage(otherPort);
      await machine.write(file, content);
      await machine.engine("start 0");
      assert.match(await machine.read("var/lib/honeypot/state/apply.last"), reason);
      assert.is(await machine.files(), before);
    });
});

asRoot(test, "confirm keeps the change, and refuses when there is none", () =>
  withMachine(examplePlan, async (machine) => {
    await machine.stage(shorter);
    const started = machine.engine("start 60");
    const until = Date.now() + 60_000;
    while ((await machine.read(current).catch(() => "")) !== "waiting\n" && Date.now() < until)
      await new Promise((wake) => setTimeout(wake, 50));
    const { code, stdout } = await machine.kept("confirm");
    assert.is(code, 0);
    assert.match(stdout, /^end\tok\t/m);
    await started;
    assert.match(await machine.read("etc/default/honeypot"), 'CAPTURE_KEEP_DAYS="7"');
  }),
);

asRoot(
  test,
  "after a power cut at any phase the machine has the old files, or after the confirmation the new ones",
  async () => {
    for (const phase of ["changing", "waiting", "reverting"])
      await withMachine(examplePlan, async (machine) => {
        const before = await machine.files();
        await machine.stage(restricted);
        // The power fails once the files are there.
        await machine.stub("systemd-run", killedWhileWaiting(""));
        await machine.engine("start 60");
        await machine.write(current, `${phase}\n`);
        const { code, stderr } = await machine.kept("boot");
        assert.is(code, 0, `${phase}: ${stderr}`);
        assert.is(await machine.files(), before, phase);
        assert.match(
          await machine.read("var/lib/honeypot/state/apply.last"),
          /failed reverted: the machine restarted/,
        );
      });
  },
);

asRoot(test, "a change that is killed is reverted", () =>
  withMachine(examplePlan, async (machine) => {
    const before = await machine.files();
    await machine.stage(otherPort);
    // The engine dies with its first step, as if the memory had run out.
    await machine.stub("systemd-run", killedWhileWaiting('eval "${end}"'));
    await machine.engine("start 60");
    assert.match(
      await machine.read("var/lib/honeypot/state/apply.last"),
      /failed reverted: its process was stopped/,
    );
    assert.is(await machine.files(), before);
  }),
);

asRoot(test, "the installer shows the plan, and changes the machine only with --yes or an answer", () =>
  withMachine(examplePlan, async (machine) => {
    const before = await machine.files();
    const shown = await machine.install(shorter, "--dry-run");
    assert.is(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, "setting capture.keep_days 14 7\n");
    const refused = await machine.install(shorter);
    assert.is(refused.code, 1);
    assert.match(refused.stderr, "nothing was changed");
    assert.is(await machine.files(), before);
    const changed = await machine.install(shorter, "--yes");
    assert.is(changed.code, 0, changed.stderr);
    assert.match(changed.stdout, /\d+ changes of sensorbake/);
    assert.match(await machine.read("etc/default/honeypot"), 'CAPTURE_KEEP_DAYS="7"');
    assert.match((await machine.install(shorter, "--yes")).stdout, "nothing to change\n");
    assert.is((await machine.install(shorter, "--maybe")).code, 2);
    assert.not.ok(await machine.exists("run/honeypot-apply/staged"));
  }),
);

asRoot(test, "what DShieldKickStarter set up is listed and removed; its backups and captures stay", () =>
  withMachine(examplePlan, async (machine) => {
    const crontab = "var/spool/cron/crontabs/root";
    await machine.write(
      crontab,
      [
        "# mine",
        "5 5 * * * /usr/local/bin/mine",
        "0 0 * * * cp /srv/cowrie/var/log/cowrie/cowrie.json* /var/log/honeypot/cowrie/",
        '0 0 * * * mv /srv/db/webhoneypot.json "/var/log/honeypot/webhoneypot/webhoneypot_$(date +\\%Y\\%m\\%d).json"',
        "@reboot /var/lib/honeypot/dumps/grab_tcpdump.sh",
        "0 3 * * * /opt/honeypot/scripts/backup.sh",
        "0 4 * * * /opt/honeypot/scripts/scp_backup.sh",
        "",
      ].join("\n"),
      { mode: 0o600 },
    );
    const kept = [
      "var/backups/honeypot/home_20240930.zip",
      "var/lib/honeypot/dumps/tcpdump_2024-09-30_00-00-00.pcap",
    ];
    for (const file of kept) await machine.write(file, "kept");
    await machine.write("var/lib/honeypot/dumps/grab_tcpdump.sh", "#!/bin/bash\n");
    await machine.write("opt/honeypot/scripts/scp_backup.sh", "#!/bin/bash\n");
    await machine.write("srv/dshield/etc/dshield.ini", "[DShield]\n");
    await machine.write("etc/dshield.ini", "[DShield]\nlocalcopy=/x\n");
    await machine.stage(examplePlan);
    const { stdout } = await machine.engine("plan");
    assert.is(stdout.match(/^kickstarter\tremove the cron line\t/gm)?.length, 5);
    assert.match(stdout, "kickstarter\tremove\t/var/lib/honeypot/dumps/grab_tcpdump.sh\n");
    assert.is((await machine.engine("start 0")).code, 0);
    assert.is(await machine.read(crontab), "# mine\n5 5 * * * /usr/local/bin/mine\n");
    for (const file of kept) assert.is(await machine.read(file), "kept");
    assert.not.ok(await machine.exists("var/lib/honeypot/dumps/grab_tcpdump.sh"));
    assert.not.ok(await machine.exists("opt/honeypot/scripts/scp_backup.sh"));
    await machine.stage(examplePlan);
    assert.is((await machine.engine("plan")).stdout.split("\n").length, 2);
  }),
);

test.run();

// Stands for systemd-run: the engine dies while it waits for a login.
function killedWhileWaiting(then: string): string {
  return `while [[ "$1" == --* ]]; do if [[ "$1" == *ExecStopPost=* ]]; then end="\${1##*ExecStopPost=}"; fi; shift; done
setsid "$@" & engine=$!
until grep -qsx waiting "\${HONEYPOT_ROOT}/var/lib/honeypot/apply/phase"; do sleep 0.05; done
kill -9 -- -$engine
${then}`;
}

async function withMachine(
  plan: Plan,
  body: (machine: MachineToChange) => Promise<void>,
  secrets: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const machine = await machineToChange(plan, secrets);
  try {
    await body(machine);
  } finally {
    await machine.remove();
  }
}
