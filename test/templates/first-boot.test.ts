// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink, rm, utimes } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderTemplate } from "../../src/artifacts/render-template.ts";
import { type Machine, machineTools, startMachine } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { defaultEnvironment, execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const boot = suite("first boot");

const state = "var/lib/honeypot/state";
const steps = "opt/honeypot/first-boot";

boot("steps run once, in order, each with a stamp; at the end the first boot is done", () =>
  withSteps({ "10-a": "echo a >>$ran", "20-b": "echo b >>$ran" }, async (scratch, run) => {
    const { code, stderr } = await run();
    assert.is(code, 0);
    assert.is(await scratch.read("ran"), "a\nb\n");
    assert.equal((await readdir(scratch.path(`${state}/first-boot`))).sort(), [
      "10-a.done",
      "20-b.done",
      "payload.done",
    ]);
    assert.match(await scratch.read(`${state}/first-boot.last`), /^\d+ ok all steps are done\n$/);
    assert.ok(await scratch.exists(`${state}/first-boot.done`));
    assert.match(stderr, /10-a begins\n.*10-a is done after \d+ s\n.*20-b begins\n.*20-b is done/);
    assert.is((await run()).code, 0);
    assert.is(await scratch.read("ran"), "a\nb\n");
  }),
);

boot("a failed step is reported with its last output, and the next start resumes it", () =>
  withSteps(
    {
      "10-a": "echo a >>$ran",
      "20-b": "echo b >>$ran; echo working; test -e $root/fixed || { log 'no way in'; exit 4; }",
      "30-c": "echo c >>$ran",
    },
    async (scratch, run) => {
      assert.is((await run()).code, 1);
      assert.match(await scratch.read(`${state}/first-boot.last`), /^\d+ failed 20-b: no way in\n$/);
      assert.not.ok(await scratch.exists(`${state}/first-boot.done`));
      await scratch.write("fixed", "");
      assert.is((await run()).code, 0);
      assert.is(await scratch.read("ran"), "a\nb\nb\nc\n");
    },
  ),
);

boot("a process that outlives its step holds up neither the next step nor the next start", () =>
  withSteps(
    { "10-a": "sleep 120 & echo $! >$root/pid; echo words", "20-b": "echo b >>$ran; test -e $root/fixed" },
    async (scratch, run) => {
      const first = await run();
      assert.is(first.code, 1, "20-b was reached and failed");
      assert.match(first.stdout, /^words$/m);
      await scratch.write("fixed", "");
      assert.is((await run()).code, 0, "the lock is free");
      process.kill(Number(await scratch.read("pid")));
    },
  ),
);

boot("a step that fails without a word is named too", () =>
  withSteps({ "10-a": "exit 1" }, async (scratch, run) => {
    assert.is((await run()).code, 1);
    assert.match(await scratch.read(`${state}/first-boot.last`), / failed 10-a: no output\n$/);
  }),
);

boot("killed in the middle of a step, it reports which one, and resumes there", () =>
  withSteps(
    { "10-a": "echo a >>$ran", "20-b": "echo b >>$ran; test -e $root/again || kill -KILL 0" },
    async (scratch, run) => {
      const { code } = await run(["setsid", "--wait"]);
      assert.is.not(code, 0);
      assert.match(await scratch.read(`${state}/first-boot.last`), / running 20-b\n$/);
      await scratch.write("again", "");
      // The last killed process may still hold the lock.
      await execute("flock", ["--timeout", "30", scratch.path("run/honeypot/first-boot.lock"), "true"]);
      const { code: second, stderr } = await run();
      assert.is(second, 0, stderr);
      assert.is(await scratch.read("ran"), "a\nb\nb\n");
    },
  ),
);

boot("cloud-init's files are on the disk before their stamp, and a step's work before the step's stamp", () =>
  withSteps({ "10-a": "echo 10-a >>$root/order" }, async (scratch, run) => {
    await scratch.stub(
      "sync",
      '[[ $# -gt 0 ]] || { echo sync; ls "$HONEYPOT_ROOT/var/lib/honeypot/state/first-boot"; } >>"$HONEYPOT_ROOT/order"',
    );
    assert.is((await run()).code, 0);
    assert.ok(
      (await scratch.read("order")).startsWith(
        "sync\n10-a\nsync\npayload.done\nsync\n10-a.done\npayload.done\n",
      ),
    );
  }),
);

boot("only one first boot runs at a time", () =>
  withSteps({ "10-a": "echo held; sleep 60" }, async (scratch, run) => {
    const holder = spawn(scratch.path(`${steps}/run`), {
      env: scratch.environment,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    await Promise.race([once(holder.stdout, "data"), once(holder, "exit")]);
    const { code, stderr } = await run();
    process.kill(-(holder.pid as number), "SIGKILL");
    assert.is(code, 75);
    assert.match(stderr, "another first-boot is running");
  }),
);

const test = needs("systemd-sysusers", "systemd-tmpfiles");
test(boot, "10-directories makes the capture's user, the directories and closes the secrets", () =>
  withRoot({}, async (scratch) => {
    for (const folder of ["var/lib/honeypot", "var/log/honeypot", "var/backups/honeypot"])
      await rm(scratch.path(folder), { recursive: true });
    for (const file of ["etc/sysusers.d/honeypot.conf", "etc/tmpfiles.d/honeypot.conf"])
      await scratch.write(file, await readFile(`templates/${file}`, "utf8"));
    await scratch.write("etc/passwd", "root:x:0:0::/root:/bin/bash\n");
    await scratch.write("etc/group", "root:x:0:\nadm:x:4:\n");
    await scratch.write("etc/honeypot/secrets/backup_password", "infected", { mode: 0o644 });
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await scratch.run(`${steps}/10-directories.sh`);
      assert.is(code, 0, stderr);
    }
    assert.match(await scratch.read("etc/passwd"), /^honeypot:x:\d+:\d+:.*nologin$/m);
    const wanted = {
      "etc/honeypot/secrets": "700",
      "etc/honeypot/secrets/backup_password": "600",
      "var/backups/honeypot": "700",
      "var/lib/honeypot/dumps": "1770",
      [state]: "755",
      "var/log/honeypot/cowrie": "750",
    };
    for (const [path, mode] of Object.entries(wanted))
      assert.is(
        (await import("node:fs").then((fs) => fs.statSync(scratch.path(path)).mode & 0o7777)).toString(8),
        mode,
        path,
      );
  }),
);

const clocks: readonly (readonly [
  name: string,
  prepare: string,
  code: number,
  message: string | RegExp,
  sleeps: number,
])[] = [
  ["continues at once when the kernel's clock is synchronized", "synchronized", 0, /^$/, 0],
  ["waits until the time server has answered", "later", 0, /^$/, 3],
  ["continues after its limit when no time server answers", "nobody", 0, "no time server has responded", 4],
  [
    "never continues with a clock that is earlier than our own files",
    "nobody, past",
    1,
    /the clock is earlier than the date of \S+\/etc\/default\/honeypot: /,
    4,
  ],
  [
    "does not trust a synchronized clock that is earlier than our own files",
    "synchronized, past",
    1,
    "the clock is earlier than",
    0,
  ],
];
for (const [name, prepare, wanted, message, sleeps] of clocks)
  boot(`30-clock ${name}`, () =>
    withRoot({}, async (scratch) => {
      const says = prepare.startsWith("synchronized") ? "echo yes" : "echo no";
      await scratch.stub(
        "timedatectl",
        prepare === "later" ? `[[ $(wc -l <"$HONEYPOT_ROOT/slept") -lt 3 ]] && echo no || echo yes` : says,
      );
      await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
      await scratch.write("slept", "");
      const future = Date.now() / 1000 + 90_000;
      if (prepare.includes("past")) await utimes(scratch.path("etc/default/honeypot"), future, future);
      const { code, stderr } = await scratch.run(`${steps}/30-clock.sh`, [], {
        environment: { clock_wait_seconds: "4" },
      });
      assert.is(code, wanted, stderr);
      assert.match(stderr, message);
      assert.is((await scratch.read("slept")).split("\n").length - 1, sleeps);
    }),
  );

const mirrors: readonly (readonly [
  name: string,
  date: string | undefined,
  status: number,
  sleeps: number,
])[] = [
  ["continues after seconds when the package mirror's clock agrees", new Date().toUTCString(), 200, 5],
  ["continues when the mirror has no page but a clock that agrees", new Date().toUTCString(), 404, 5],
  ["waits when the mirror's clock is ahead", new Date(Date.now() + 86_400_000).toUTCString(), 200, 40],
  ["waits when the mirror's clock is behind", new Date(Date.now() - 86_400_000).toUTCString(), 200, 40],
  ["waits when the mirror answers nonsense", "a[$(touch canary)]", 200, 40],
  ["waits when the mirror has no clock", undefined, 200, 40],
];
for (const [name, date, status, sleeps] of mirrors)
  for (const list of ["apt", "a list of mirrors"])
    needs("python3")(boot, `30-clock ${name}, as ${list} names it`, () =>
      withRoot({}, async (scratch) => {
        const server = createServer((_, response) => {
          response.sendDate = false;
          if (date !== undefined) response.setHeader("Date", date);
          response.writeHead(status).end();
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian/`;
        try {
          await scratch.stub("timedatectl", "echo no");
          await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
          await scratch.stub(
            "apt-get",
            list === "apt"
              ? `printf "'%sdists/x/InRelease' x 0 \\n" file:/x/ ${mirror}`
              : "echo \"'mirror+file:/x/dists/x/InRelease' x 0 \"; exit 1",
          );
          if (list !== "apt") await scratch.write("etc/apt/mirrors/debian.list", `${mirror}\tpriority:1\n`);
          await scratch.write("slept", "");
          const { code, stderr } = await scratch.run(`${steps}/30-clock.sh`, [], {
            environment: { clock_wait_seconds: "40" },
          });
          assert.is(code, 0, stderr);
          assert.match(
            stderr,
            sleeps === 5 ? `the clock agrees with ${mirror}: continuing\n` : "no time server has responded: ",
          );
          assert.is((await scratch.read("slept")).split("\n").length - 1, sleeps);
        } finally {
          server.close();
        }
      }),
    );

needs(...machineTools, "apt-get", "python3")(
  boot,
  "30-clock knows the mirror of a real apt without package lists",
  () =>
    withTemplates(async (machine) => {
      await machine.write("/usr/local/bin/timedatectl", "#!/bin/bash\necho no\n", "0755");
      await machine.write("/usr/local/bin/sleep", '#!/bin/bash\necho "$1" >>/slept\n', "0755");
      await machine.must(`rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/mirrors /var/lib/apt/lists
      echo 'deb http://127.0.0.1:8080/debian stable main' >/etc/apt/sources.list
      python3 -m http.server --bind 127.0.0.1 8080 >/dev/null 2>&1 &
      until (: </dev/tcp/127.0.0.1/8080) 2>/dev/null; do /bin/sleep 0.1; done`);
      const { code, stderr } = await machine.run("/opt/honeypot/first-boot/30-clock.sh");
      assert.is(code, 0, stderr);
      assert.match(stderr, "the clock agrees with http://127.0.0.1:8080/debian/: continuing\n");
    }),
);

boot("40-packages requests nothing if all packages are installed", () =>
  withRoot({}, async (scratch) => {
    await scratch.stub("dpkg-query", "printf installed");
    await scratch.stub("apt-get", "echo asked; exit 1");
    const { code, stdout } = await scratch.run(`${steps}/40-packages.sh`);
    assert.is(code + stdout, "0");
  }),
);

const packages = needs(...machineTools, "apt-get", "dpkg-deb");

packages(boot, "40-packages installs from a real repository, also after dpkg was interrupted", () =>
  withRepository(async (machine) => {
    await machine.must("dpkg --unpack /repository/one.deb; touch /var/lib/dpkg/updates/0001");
    await machine.must(`cat /repository/conffile >/etc/one.conf; echo "# changed here" >>/etc/one.conf`);
    const said = await packagesStep(machine, "sensorbake-one sensorbake-two");
    assert.is(said.code, 0, said.stdout + said.stderr);
    const query = "dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' 'sensorbake-*'";
    assert.is(await machine.must(query), "sensorbake-one installed\nsensorbake-two installed\n");
    assert.match(await machine.must("cat /etc/one.conf"), "# changed here");
    assert.is((await packagesStep(machine, "sensorbake-one sensorbake-two")).stdout, "");
  }),
);

packages(
  boot,
  "40-packages retries with longer and longer pauses, then names what failed and installs the rest",
  () =>
    withRepository(async (machine) => {
      const { code, stderr } = await packagesStep(
        machine,
        "sensorbake-one sensorbake-broken sensorbake-none",
      );
      assert.is(code, 1);
      const last = stderr.trim().split("\n").at(-1) ?? "";
      assert.match(last, "could not install sensorbake-broken (");
      assert.match(last, "sensorbake-none (E: Unable to locate package sensorbake-none)");
      assert.not.match(last, "sensorbake-one");
      assert.is(
        await machine.must("dpkg-query --show --showformat='${db:Status-Status}' sensorbake-one"),
        "installed",
      );
      assert.is(await machine.must("xargs </slept"), "0 5 10 20 40 80 160\n");
    }),
);

packages(boot, "40-packages gets over a mirror that comes back and files that a power cut left broken", () =>
  withRepository(async (machine) => {
    // As large as before, and full of zeros: a power cut can leave such a file if it was not yet on the disk.
    await machine.must(`apt-get update
      for file in /var/lib/apt/lists/_repository_._Packages /repository/one.deb; do
        truncate --reference=$file /zeros; touch --reference=$file /zeros
        if [[ $file == *.deb ]]; then file=/var/cache/apt/archives/sensorbake-one_1_all.deb; fi
        mv /zeros $file
      done
      rm -f /var/cache/apt/*.bin; mv /repository /away`);
    await machine.write(
      "/usr/local/bin/sleep",
      "#!/bin/bash\ntest -e /repository || mv /away /repository\n",
      "0755",
    );
    const { code, stdout, stderr } = await packagesStep(machine, "sensorbake-one");
    assert.is(code, 0, stdout + stderr);
  }),
);

packages(
  boot,
  "40-packages fetches emptied lists again after a power cut, even if the mirror has nothing newer",
  () =>
    withRepository(async (machine) => {
      await machine.must("apt-get update");
      const lists = "/var/lib/apt/lists/_repository_._Packages";
      await machine.must(`test -s ${lists}; truncate --size=0 ${lists}; rm -f /var/cache/apt/*.bin`);
      // This is the fault: apt cannot repair it.
      await machine.must(`apt-get update; test ! -s ${lists}; ! apt-get install --yes sensorbake-one`);
      const { code, stdout, stderr } = await packagesStep(machine, "sensorbake-one");
      assert.is(code, 0, stdout + stderr);
    }),
);

packages(
  boot,
  "40-packages installs again what an earlier boot installed before its power was cut, and only that",
  () =>
    withRepository(async (machine) => {
      await machine.must("apt-get update && apt-get install --yes sensorbake-one && /bin/sleep 1.1");
      const boot = (id: string) =>
        machine.must(`echo ${id} >/boot_id; mount --bind /boot_id /proc/sys/kernel/random/boot_id`);
      await boot("first");
      // The step never ended.
      assert.is((await packagesStep(machine, "sensorbake-two sensorbake-none")).code, 1);
      const files = ["/usr/share/sensorbake-two", "/usr/share/sensorbake-one", "/var/made-by-sensorbake-two"];
      // Its own file, a file of an existing package, and a file that its script created.
      await machine.must(`for file in ${files.join(" ")}; do test -s $file; truncate --size=0 $file; done`);
      // In the same boot, a repeated step is not the result of a power cut.
      await packagesStep(machine, "sensorbake-two");
      await machine.must(`test ! -s ${files[0]}`);
      await boot("second");
      const said = await packagesStep(machine, "sensorbake-two");
      assert.is(said.code, 0, said.stdout + said.stderr);
      assert.match(said.stderr, "a power cut may have damaged sensorbake-two: installing them again\n");
      await machine.must(`test -s ${files[0]} && test ! -s ${files[1]} && test -s ${files[2]}`);
      assert.is((await packagesStep(machine, "sensorbake-two")).stdout, "");
    }),
);

boot("60-services looks at sshd again after packages, sets the time zone, then starts everything", () =>
  withRoot({ TIMEZONE: "Europe/Berlin" }, async (scratch) => {
    await scratch.stub("systemctl", 'echo "$*" >>"$HONEYPOT_ROOT/calls"');
    await step(scratch, "20-admin", `echo 20-admin >>"$root/calls"`);
    await scratch.write("etc/localtime", "a file, as some images have it");
    const doneAt = async (name: string, seconds: number): Promise<void> => {
      await scratch.write(`${state}/first-boot/${name}.done`, "");
      await utimes(scratch.path(`${state}/first-boot/${name}.done`), seconds, seconds);
    };
    await doneAt("20-admin", 1000);
    await doneAt("40-packages", 1001);
    const { code, stderr } = await scratch.run(`${steps}/60-services.sh`);
    assert.is(code, 1);
    assert.match(stderr, "there is no time zone Europe/Berlin");
    await scratch.write("usr/share/zoneinfo/Europe/Berlin", "");
    assert.is((await scratch.run(`${steps}/60-services.sh`)).code, 0);
    assert.is(await readlink(scratch.path("etc/localtime")), "/usr/share/zoneinfo/Europe/Berlin");
    assert.is(await scratch.read("etc/timezone"), "Europe/Berlin\n");
    assert.is(
      await scratch.read("calls"),
      "20-admin\n20-admin\nis-enabled --quiet cron.service\nis-enabled --quiet logrotate.timer\n" +
        "enable --quiet honeypot-capture.service honeypot-retention.timer honeypot-collect.timer honeypot-links.timer\n" +
        "start --no-block honeypot-capture.service\nstart honeypot-retention.timer honeypot-collect.timer honeypot-links.timer\n" +
        "restart honeypot-admin-access.service cron.service logrotate.timer\n",
    );
    // A baked image already contains the packages.
    await doneAt("20-admin", 1002);
    assert.is((await scratch.run(`${steps}/60-services.sh`)).code, 0);
    assert.is((await scratch.read("calls")).match(/20-admin/g)?.length, 2);
  }),
);

const faults: readonly (readonly [fault: string, message: string])[] = [
  ["nft", "!! admin access    the rules for port 1 are not loaded"],
  ["honeypot-capture", "!! capture         not running"],
  ["cron", "!! cron            not running"],
];
for (const [fault, message] of [["nothing", ""], ...faults] as const)
  boot(
    `90-verify ${message === "" ? "is content when only the first boot has not ended" : `says ${message}`}`,
    () =>
      withVerifiable(fault, async (verify) => {
        const { code, stderr } = await verify();
        assert.is(code, message === "" ? 0 : 1, stderr);
        assert.match(stderr, message === "" ? /^$/ : `90-verify: failed checks: ${message}\n`);
      }),
  );

for (const words of ["interface eth1 is not up", "filter does not compile: syntax error"])
  boot(`90-verify leaves a capture that cannot run to the capture: ${words}`, () =>
    withVerifiable("honeypot-capture", async (verify, scratch) => {
      await scratch.write(`${state}/capture.last`, `1 failed ${words}\n`);
      const { code, stderr } = await verify();
      assert.is(code, 0, stderr);
    }),
  );

boot("90-verify is not content when honeypot-status itself does not work", () =>
  withVerifiable("nothing", async (verify, scratch) => {
    await scratch.stub("df", "exit 1");
    assert.is((await verify()).code, 1);
  }),
);

boot("90-verify waits a minute for the services", () =>
  withVerifiable("nft", async (verify, scratch) => {
    await scratch.stub(
      "sleep",
      `echo "$1" >>"$HONEYPOT_ROOT/slept"; [[ $(wc -l <"$HONEYPOT_ROOT/slept") -lt 12 ]] || rm "$HONEYPOT_ROOT/bad-nft"`,
    );
    assert.is((await verify({})).code, 0);
    assert.is(await scratch.read("slept"), "5\n".repeat(12));
  }),
);

const units = ["honeypot-first-boot.service", "honeypot-admin-access.service"] as const;
const verify = needs(...machineTools, "systemd-analyze", "systemctl");
verify(boot, "systemd finds nothing to say about the units, nor a cycle when they are enabled", () =>
  withTemplates(async (machine) => {
    for (const unit of units) assert.is(await machine.must(`systemd-analyze verify ${unit} 2>&1`), "");
    const cycle = "systemd-analyze verify multi-user.target 2>&1 | grep -i -e cycle -e honeypot || true";
    // Ordered like cloud-init in Ubuntu: after the network, before everything else.
    await machine.write(
      "/etc/systemd/system/early.service",
      "[Unit]\nDefaultDependencies=no\nAfter=network-pre.target\nBefore=sysinit.target\n[Service]\nExecStart=true\n[Install]\nWantedBy=sysinit.target\n",
    );
    await machine.must(`systemctl enable ${units.join(" ")} nftables.service early.service`);
    assert.is(await machine.must(cycle), "");
    await machine.write(
      "/etc/systemd/system/honeypot-first-boot.service.d/x.conf",
      "[Unit]\nBefore=sysinit.target\n",
    );
    assert.match(await machine.must(cycle), "cycle");
  }),
);

boot("the first boot is started again for ever, does not time out soon, and closes its log", async () => {
  const unit = await readFile("templates/etc/systemd/system/honeypot-first-boot.service", "utf8");
  for (const line of [
    "Type=oneshot",
    "Restart=on-failure",
    "StartLimitIntervalSec=0",
    "TimeoutStartSec=6h",
    "UMask=0077",
    "StandardOutput=append:/var/log/honeypot_setup.log",
    "ConditionPathExists=!/var/lib/honeypot/state/first-boot.done",
    "WantedBy=multi-user.target",
  ])
    assert.ok(unit.split("\n").includes(line), line);
  assert.match(unit, /^RestartSec=[1-9]/m);
  assert.not.match(unit, "cloud-final");
});

const cron = needs("crontab");
cron(boot, "cron accepts the timetable, and no command of it holds a per cent sign", async () => {
  const template = await readFile("templates/etc/cron.d/honeypot.mustache", "utf8");
  const view = {
    backup_schedule: "0 3 * * *",
    transfer_schedule: "0 4 * * *",
    transfers: [{}],
    shippers: [{}],
    analyses: [{ tool: "cowrieprocessor", tool_schedule: "30 1 * * *" }],
  };
  const text = renderTemplate(template, view, (value) => value);
  assert.not.match(text, "%");
  assert.ok(text.endsWith("\n"));
  const form =
    /^(?:@reboot|(?:[-0-9*,/]+ ){4}[-0-9*,/]+) root \/opt\/honeypot\/(?:scripts|first-boot)\/((?:\d+-)?(\w+)\.sh(?: (\w+))?.*) 2>&1 \| logger --tag honeypot-(?:\2|\3)$/;
  const jobs = text.split("\n").filter((line) => !/^(\w+=.*)?$/.test(line));
  const commands = jobs.map((line) => form.exec(line)?.[1] ?? `not a job: ${line}`);
  for (const command of ["backup.sh", "backup.sh --if-missed"])
    assert.ok(commands.includes(command), command);
  assert.not.match(commands.join("\n"), "not a job");
  await withRoot({}, async (scratch) => {
    // A user's crontab has no field for the user.
    const check = async (table: string) => {
      await scratch.write("check", `#!/bin/bash\ncrontab -n ${await scratch.write("table", table)}\n`, {
        mode: 0o755,
      });
      return (await scratch.run("check")).code;
    };
    assert.is(await check(text.replaceAll(" root ", " ")), 0);
    assert.is(await check(text.replaceAll(" root ", " ").replace("0 3 *", "0 25 *")), 1);
  });
});

boot.run();

async function withRoot(
  environment: Readonly<Record<string, string>>,
  body: (scratch: ScratchRoot) => Promise<void>,
): Promise<void> {
  const scratch = await makeScratchRoot(environment);
  try {
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

function step(scratch: ScratchRoot, name: string, body: string): Promise<string> {
  const head = 'set -euo pipefail\nsource "$HONEYPOT_ROOT/opt/honeypot/scripts/common.sh"\nran="$root/ran"\n';
  return scratch.write(`${steps}/${name}.sh`, `#!/bin/bash\n${head}${body}\n`, { mode: 0o700 });
}

/** A root whose first boot has these steps in place of ours. */
async function withSteps(
  bodies: Readonly<Record<string, string>>,
  use: (
    scratch: ScratchRoot,
    run: (wrapper?: readonly string[]) => ReturnType<ScratchRoot["run"]>,
  ) => Promise<void>,
): Promise<void> {
  await withRoot({}, async (scratch) => {
    for (const file of await readdir(scratch.path(steps)))
      if (file !== "run") await rm(scratch.path(`${steps}/${file}`));
    for (const [name, body] of Object.entries(bodies)) await step(scratch, name, body);
    await use(scratch, (wrapper = []) => scratch.run(`${steps}/run`, [], { wrapper }));
  });
}

/** A root in which honeypot-status finds only `fault`; `ss` reports a listening sshd. */
async function withVerifiable(
  fault: string,
  body: (
    verify: (environment?: Readonly<Record<string, string>>) => ReturnType<ScratchRoot["run"]>,
    scratch: ScratchRoot,
  ) => Promise<void>,
): Promise<void> {
  await withRoot({ ADMIN_SSH_PORT: "1", DISK_MAX_USED_PERCENT: "101" }, async (scratch) => {
    await scratch.write("var/lib/honeypot/dumps/a.pcap", "");
    await scratch.write(`${state}/first-boot.last`, `${Math.floor(Date.now() / 1000)} running 90-verify\n`);
    await scratch.write(`bad-${fault}`, "");
    await scratch.stub("ss", "echo LISTEN");
    await scratch.stub("nft", 'test ! -e "$HONEYPOT_ROOT/bad-nft"');
    await scratch.stub("systemctl", 'test ! -e "$HONEYPOT_ROOT/bad-${*: -1}"');
    await body(
      (environment = { verify_wait_seconds: "0" }) =>
        scratch.run(`${steps}/90-verify.sh`, [], { environment }),
      scratch,
    );
  });
}

async function withTemplates(body: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await startMachine();
  try {
    await machine.must(`mkdir -p /${state}`);
    const lines = Object.entries(defaultEnvironment).map(([name, value]) => `${name}="${value}"\n`);
    await machine.write("/etc/default/honeypot", lines.join(""));
    for (const file of [
      "scripts/common.sh",
      "scripts/admin-access.sh",
      "first-boot/run",
      "first-boot/30-clock.sh",
      "first-boot/40-packages.sh",
    ])
      await machine.write(
        `/opt/honeypot/${file}`,
        await readFile(`templates/opt/honeypot/${file}`, "utf8"),
        "0700",
      );
    for (const unit of units)
      await machine.write(
        `/etc/systemd/system/${unit}`,
        await readFile(`templates/etc/systemd/system/${unit}`, "utf8"),
      );
    await body(machine);
  } finally {
    await machine.stop();
  }
}

/** A machine whose only repository holds sensorbake-one (with a conffile), -two and -broken, and where pauses are short. */
async function withRepository(body: (machine: Machine) => Promise<void>): Promise<void> {
  await withTemplates(async (machine) => {
    await machine.write("/usr/local/bin/sleep", '#!/bin/bash\necho "$1" >>/slept\n', "0755");
    await machine.must(`mkdir /repository; cd /repository; echo 'as packaged' >conffile
      for name in one two broken; do
        mkdir -p $name/DEBIAN $name/etc $name/usr/share; echo $name >$name/usr/share/sensorbake-$name; cp conffile $name/etc/$name.conf; echo /etc/$name.conf >$name/DEBIAN/conffiles
        printf '%s\\n' "Package: sensorbake-$name" 'Version: 1' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' 'Description: for a test' >$name/DEBIAN/control
        if [[ $name == broken ]]; then made='exit 1'; else made="echo made >/var/made-by-sensorbake-$name"; fi
        printf '#!/bin/sh\\n%s\\n' "$made" >$name/DEBIAN/postinst; chmod 0755 $name/DEBIAN/postinst
        dpkg-deb --build $name >/dev/null
        { cat $name/DEBIAN/control; printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' $name "$(stat -c %s $name.deb)" "$(sha256sum $name.deb | cut -d' ' -f1)"; } >>Packages
      done
      printf 'Date: Tue, 24 Nov 2026 00:00:00 UTC\nSHA256:\n %s %s Packages\n' "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" >Release
      rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists; mkdir -p /etc/apt/sources.list.d
      echo 'deb [trusted=yes] copy:/repository ./' >/etc/apt/sources.list`);
    await body(machine);
  });
}

async function packagesStep(machine: Machine, packages: string): ReturnType<Machine["run"]> {
  await machine.write(
    "/etc/default/honeypot",
    Object.entries({ ...defaultEnvironment, PACKAGES: packages })
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  return machine.run("/opt/honeypot/first-boot/40-packages.sh");
}
