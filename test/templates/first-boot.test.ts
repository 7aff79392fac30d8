// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink, rm, symlink, utimes } from "node:fs/promises";
import { createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderTemplate } from "../../src/artifacts/render-template.ts";
import { type Machine, machineTools, startMachine } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { defaultEnvironment, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

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

boot("a step that fails is named with its last words, and the next start goes on with it", () =>
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

boot("a step that fails without a word is named too", () =>
  withSteps({ "10-a": "exit 1" }, async (scratch, run) => {
    assert.is((await run()).code, 1);
    assert.match(await scratch.read(`${state}/first-boot.last`), / failed 10-a: it said nothing\n$/);
  }),
);

boot("killed in the middle of a step, it says which one, and goes on there", () =>
  withSteps(
    { "10-a": "echo a >>$ran", "20-b": "echo b >>$ran; test -e $root/again || kill -KILL 0" },
    async (scratch, run) => {
      const { code } = await run(["setsid", "--wait"]);
      assert.is.not(code, 0);
      assert.match(await scratch.read(`${state}/first-boot.last`), / running 20-b\n$/);
      await scratch.write("again", "");
      assert.is((await run()).code, 0);
      assert.is(await scratch.read("ran"), "a\nb\nb\n");
    },
  ),
);

boot("what cloud-init wrote is on the disk before its stamp, and a step's work before the step's", () =>
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
  ["goes on at once when the kernel's clock is synchronized", "synchronized", 0, /^$/, 0],
  ["waits until the time server has answered", "later", 0, /^$/, 3],
  ["goes on without a time service", "no service", 0, "no time server has answered", 0],
  ["goes on after its limit when no time server answers", "service", 0, "no time server has answered", 4],
  [
    "never goes on with a clock before our own files",
    "service, past",
    1,
    "the clock says a day before that of /etc/default/honeypot",
    4,
  ],
  [
    "does not believe a synchronized clock that is before our own files",
    "synchronized, past",
    1,
    "the clock says a day before",
    0,
  ],
];
for (const [name, prepare, wanted, message, sleeps] of clocks)
  boot(`30-clock ${name}`, () =>
    withRoot({}, async (scratch) => {
      await zone(scratch, "Etc/UTC");
      const says = prepare.startsWith("synchronized") ? "echo yes" : "echo no";
      await scratch.stub(
        "timedatectl",
        prepare === "later" ? `[[ $(wc -l <"$HONEYPOT_ROOT/slept") -lt 3 ]] && echo no || echo yes` : says,
      );
      await scratch.stub("systemctl", prepare === "no service" ? "exit 3" : '[[ "$*" == *timesyncd* ]]');
      await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
      await scratch.write("slept", "");
      const future = Date.now() / 1000 + 90_000;
      if (prepare.includes("past")) await utimes(scratch.path("etc/default/honeypot"), future, future);
      await symlink("/usr/share/zoneinfo/Etc/UTC", scratch.path("etc/localtime"));
      const { code, stderr } = await scratch.run(`${steps}/30-clock.sh`, [], {
        environment: { clock_wait_seconds: "20" },
      });
      assert.is(code, wanted, stderr);
      assert.match(stderr, message);
      assert.is((await scratch.read("slept")).split("\n").length - 1, sleeps);
    }),
  );

boot("30-clock sets the time zone once", () =>
  withRoot({ TIMEZONE: "Europe/Berlin" }, async (scratch) => {
    await scratch.stub("timedatectl", "echo yes");
    await scratch.write("etc/localtime", "a file, as some images have it");
    assert.match(
      (await scratch.run(`${steps}/30-clock.sh`)).stderr,
      "time zone Europe/Berlin is not installed yet",
    );
    await zone(scratch, "Europe/Berlin");
    assert.match((await scratch.run(`${steps}/30-clock.sh`)).stderr, "time zone is Europe/Berlin");
    assert.is(await readlink(scratch.path("etc/localtime")), "/usr/share/zoneinfo/Europe/Berlin");
    assert.is(await scratch.read("etc/timezone"), "Europe/Berlin\n");
    assert.is((await scratch.run(`${steps}/30-clock.sh`)).stderr, "");
  }),
);

boot("40-packages asks for nothing when all is there", () =>
  withRoot({}, async (scratch) => {
    await scratch.stub("dpkg-query", "printf installed");
    await scratch.stub("apt-get", "echo asked; exit 1");
    const { code, stdout } = await scratch.run(`${steps}/40-packages.sh`);
    assert.is(code + stdout, "0");
  }),
);

boot("40-packages waits for a default route, and goes on without one", () =>
  withRoot({}, async (scratch) => {
    await scratch.stub("dpkg-query", 'test -e "$HONEYPOT_ROOT/there" && printf installed');
    await scratch.stub("dpkg", ":");
    await scratch.stub("apt-get", '[[ "$*" != *install* ]] || touch "$HONEYPOT_ROOT/there"');
    await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
    await scratch.stub(
      "ip",
      `[[ $(wc -l <"$HONEYPOT_ROOT/slept") -lt 3 || $1 == -4 ]] || echo default via fe80::1`,
    );
    await scratch.write("slept", "");
    assert.is((await scratch.run(`${steps}/40-packages.sh`)).code, 0);
    assert.is(await scratch.read("slept"), "5\n5\n5\n");
    await rm(scratch.path("there"));
    await scratch.stub("ip", ":");
    const { code, stderr } = await scratch.run(`${steps}/40-packages.sh`);
    assert.is(code, 0);
    assert.match(stderr, "there is no default route yet: trying all the same");
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
      assert.is(await machine.must("xargs </slept"), "5 10 20 40 80 160\n");
    }),
);

packages(boot, "40-packages gets over a mirror that comes back and files that a power cut left broken", () =>
  withRepository(async (machine) => {
    // As large as before, and full of zeros: what a power cut may leave of a file that was not yet on the disk.
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

boot("60-services looks at sshd and the clock again, then starts everything", () =>
  withRoot({}, async (scratch) => {
    await scratch.stub("systemctl", 'echo "$*" >>"$HONEYPOT_ROOT/calls"');
    for (const name of ["20-admin", "30-clock"]) await step(scratch, name, `echo ${name} >>"$root/calls"`);
    assert.is((await scratch.run(`${steps}/60-services.sh`)).code, 0);
    assert.is(
      await scratch.read("calls"),
      "20-admin\n30-clock\ndaemon-reload\n" +
        "enable --quiet honeypot-admin-access.service honeypot-capture.service cron.service logrotate.timer\n" +
        "restart honeypot-admin-access.service\nstart logrotate.timer\nstart --no-block honeypot-capture.service\nrestart cron.service\n",
    );
  }),
);

const faults: readonly (readonly [fault: string, message: string])[] = [
  ["rm $HONEYPOT_ROOT/etc/sudoers.d/90-honeypot-admin", "analyst may not use sudo"],
  ["touch $HONEYPOT_ROOT/no-table", "nftables has no table honeypot_admin"],
  ["touch $HONEYPOT_ROOT/inactive-honeypot-capture.service", "honeypot-capture.service is not active"],
  ["touch $HONEYPOT_ROOT/inactive-cron.service", "cron.service is not active"],
  ["rm $HONEYPOT_ROOT/var/lib/honeypot/dumps/*", "there is no packet file in"],
  ["chmod 755 $HONEYPOT_ROOT/etc/honeypot/secrets", "/etc/honeypot/secrets has mode 755, not 700"],
  ["rmdir $HONEYPOT_ROOT/var/backups/honeypot", "/var/backups/honeypot has mode none, not 700"],
  ["rm $HONEYPOT_ROOT/tools/7zz", "7zip is not installed"],
  ["rm $HONEYPOT_ROOT/etc/localtime", "the time zone is not Etc/UTC"],
];
for (const [fault, message] of [["true", ""], ...faults] as const)
  boot(`90-verify ${message === "" ? "is content when all is well" : `says that ${message}`}`, () =>
    withVerifiable(async (scratch) => {
      await scratch.write("fault", `#!/bin/bash\n${fault}\n`, { mode: 0o755 });
      await scratch.run("fault");
      const { code, stderr } = await verifyStep(scratch, { verify_wait_seconds: "0" });
      assert.is(code, message === "" ? 0 : 1, stderr);
      assert.match(stderr, message === "" ? /^$/ : message);
      assert.not.match(stderr, ";");
    }),
  );

boot("90-verify names everything that is wrong, sshd too, after giving the services some time", () =>
  withVerifiable(async (scratch) => {
    await scratch.configure({ ADMIN_SSH_PORT: "1" });
    await scratch.stub("sleep", 'echo >>"$HONEYPOT_ROOT/slept"');
    await scratch.write("inactive-cron.service", "");
    const { code, stderr } = await verifyStep(scratch);
    assert.is(code, 1);
    assert.match(stderr, "not right: sshd does not answer on port 1; cron.service is not active\n");
    assert.is(await scratch.read("slept"), "\n".repeat(12));
  }),
);

const units = ["honeypot-first-boot.service", "honeypot-admin-access.service"] as const;
const verify = needs(...machineTools, "systemd-analyze", "systemctl");
verify(boot, "systemd finds nothing to say about the units, nor a cycle when they are enabled", () =>
  withTemplates(async (machine) => {
    for (const unit of units) assert.is(await machine.must(`systemd-analyze verify ${unit} 2>&1`), "");
    const cycle = "systemd-analyze verify multi-user.target 2>&1 | grep -i -e cycle -e honeypot || true";
    // As cloud-init is in Ubuntu: after the network, before everything else.
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
  const view = { backup_schedule: "0 3 * * *", transfer_schedule: "0 4 * * *", transfers: [{}] };
  const text = renderTemplate(template, view, (value) => value);
  assert.not.match(text, "%");
  assert.ok(text.endsWith("\n"));
  const form =
    /^(?:@reboot|(?:[-0-9*,/]+ ){4}[-0-9*,/]+) root \/opt\/honeypot\/scripts\/((\w+)\.sh.*) 2>&1 \| logger --tag honeypot-\2$/;
  const jobs = text.split("\n").filter((line) => !/^(\w+=.*)?$/.test(line));
  const commands = jobs.map((line) => form.exec(line)?.[1] ?? `not a job: ${line}`);
  for (const command of ["retention.sh", "collect.sh", "backup.sh", "backup.sh --if-missed"])
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

async function zone(scratch: ScratchRoot, name: string): Promise<void> {
  await scratch.write(`usr/share/zoneinfo/${name}`, "");
}

/** A root in which 90-verify finds nothing wrong; a server stands for sshd. */
async function withVerifiable(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const sshd = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n")).listen(0, "127.0.0.1");
  await once(sshd, "listening");
  const address = sshd.address();
  try {
    await withRoot(
      { ADMIN_SSH_PORT: String(typeof address === "object" && address?.port) },
      async (scratch) => {
        await scratch.write("etc/sudoers.d/90-honeypot-admin", "");
        await scratch.write("var/lib/honeypot/dumps/a.pcap", "");
        await symlink("/usr/share/zoneinfo/Etc/UTC", scratch.path("etc/localtime"));
        await scratch.write(
          "modes",
          '#!/bin/bash\ncd "$HONEYPOT_ROOT/var"; chmod 1770 lib/honeypot/dumps; chmod 750 log/honeypot\n',
          { mode: 0o755 },
        );
        await scratch.run("modes");
        await scratch.stub("nft", 'test ! -e "$HONEYPOT_ROOT/no-table"');
        await scratch.stub("systemctl", 'test ! -e "$HONEYPOT_ROOT/inactive-${*: -1}"');
        // So that no archiver of this machine is found.
        await scratch.write("tools/7zz", "", { mode: 0o755 });
        for (const tool of [
          "bash",
          "basename",
          "date",
          "stat",
          "readlink",
          "mkdir",
          "touch",
          "rm",
          "rmdir",
          "chmod",
        ])
          await symlink(`/bin/${tool}`, scratch.path(`tools/${tool}`));
        await body(scratch);
      },
    );
  } finally {
    sshd.close();
  }
}

function verifyStep(scratch: ScratchRoot, environment: Readonly<Record<string, string>> = {}) {
  const PATH = `${scratch.path("stubs")}:${scratch.path("tools")}`;
  return scratch.run(`${steps}/90-verify.sh`, [], { environment: { ...environment, PATH } });
}

async function withTemplates(body: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await startMachine();
  try {
    const lines = Object.entries(defaultEnvironment).map(([name, value]) => `${name}="${value}"\n`);
    await machine.write("/etc/default/honeypot", lines.join(""));
    for (const file of [
      "scripts/common.sh",
      "scripts/admin-access.sh",
      "first-boot/run",
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
    await machine.write("/usr/local/bin/ip", "#!/bin/bash\necho default via 192.0.2.1\n", "0755");
    await machine.must(`mkdir /repository; cd /repository; echo 'as packaged' >conffile
      for name in one two broken; do
        mkdir -p $name/DEBIAN $name/etc; cp conffile $name/etc/$name.conf; echo /etc/$name.conf >$name/DEBIAN/conffiles
        printf '%s\\n' "Package: sensorbake-$name" 'Version: 1' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' 'Description: for a test' >$name/DEBIAN/control
        if [[ $name == broken ]]; then printf '#!/bin/sh\\nexit 1\\n' >$name/DEBIAN/postinst; chmod 0755 $name/DEBIAN/postinst; fi
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
