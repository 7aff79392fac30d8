// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const common = suite("common.sh");

common("log writes one line with the time in UTC and the script's name, to the log file too", () =>
  withScript('log_file="${root}/own.log"; log some  words', async (scratch, run) => {
    const { code, stdout, stderr } = await run({ TZ: "Asia/Tokyo" });
    const hour = new Date().toISOString().slice(0, 13);
    assert.is(code, 0);
    assert.is(stdout, "");
    assert.match(stderr, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ task: some words\n$/);
    assert.ok(Math.abs(Date.parse(stderr.slice(0, 20)) - Date.parse(`${hour}:00:00Z`)) < 3_700_000);
    assert.is(await scratch.read("own.log"), stderr);
  }),
);

common("record keeps the last result in one line that everyone may read", () =>
  withScript(
    "umask 077; record backup ok first; record backup failed $'no\\nroom \"here\"'",
    async (scratch, run) => {
      assert.is((await run()).code, 0);
      assert.match(
        await scratch.read("var/lib/honeypot/state/backup.last"),
        /^\d{10} failed no room "here"\n$/,
      );
      assert.is(
        (await run({}, 'stat --format=%a "${state}/backup.last"; ls --almost-all "${state}"')).stdout,
        "644\nbackup.last\n",
      );
    },
  ),
);

common("record leaves the old result when the new one cannot be written", () =>
  withScript(
    "record backup ok first; sync() { return 1; }; record backup failed second",
    async (scratch, run) => {
      assert.is((await run()).code, 1);
      assert.match(await scratch.read("var/lib/honeypot/state/backup.last"), / ok first\n$/);
    },
  ),
);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  common(`a task that ${signal} ends is recorded as failed`, () =>
    withScript("trap 'record_end backup' EXIT; echo begun; while :; do :; done", async (scratch) => {
      const task = spawn(scratch.path("task.sh"), {
        env: scratch.environment,
        stdio: ["ignore", "pipe", "ignore"],
      });
      await once(task.stdout, "data");
      task.kill(signal);
      await once(task, "exit");
      assert.match(
        await scratch.read("var/lib/honeypot/state/backup.last"),
        /^\d{10} failed stopped by a signal\n$/,
      );
    }),
  );

common("a task with a closed output pipe is recorded as failed", () =>
  withScript("trap 'record_end backup' EXIT; sleep 1; echo lost; echo lost", async (scratch) => {
    const { environment } = scratch;
    await execute("bash", ["-c", '"$1" | true', "_", scratch.path("task.sh")], environment);
    assert.match(await scratch.read("var/lib/honeypot/state/backup.last"), / failed /);
  }),
);

for (const [name, body, want] of [
  [
    "writes nothing through a name that another account has planted for the new file",
    'mkdir --mode=1777 "${root}/d"; echo canary >"${root}/canary"; ln -s ../canary "${root}/d/.f.new"; put "${root}/d/f" echo new',
    "canary\nnew\n",
  ],
  [
    "fails when the name is planted again before the file is created",
    'mkdir "${root}/d"; echo canary >"${root}/canary"; rm() { ln -sf ../canary "${root}/d/.f.new"; }; put "${root}/d/f" echo new || echo refused',
    "canary\nrefused\n",
  ],
  [
    "does not write into a folder whose name is another one's link",
    'mkdir "${root}/d"; echo canary >"${root}/canary"; ln -s ../canary "${root}/d/f"; put "${root}/d/f" echo new',
    "canary\nnew\n",
  ],
] as const)
  common(`put ${name}`, () =>
    withScript(`${body}; cat "\${root}/canary"; cat "\${root}/d/f" 2>/dev/null || true`, async (_, run) => {
      const { stdout, stderr } = await run();
      assert.equal(stdout.split("\n").sort(), want.split("\n").sort(), stderr);
    }),
  );

needs("root")(common, "put refuses a folder that another account owns, and any folder in it", () =>
  withScript(
    'mkdir --parents "${root}/theirs/ours"; chown 1234 "${root}/theirs"; for folder in theirs theirs/ours; do put "${root}/${folder}/f" echo new || echo refused; done',
    async (scratch, run) => {
      const { stdout, stderr } = await run();
      assert.is(stdout, "refused\nrefused\n");
      assert.match(
        stderr,
        `theirs/ours/f is not written: ${scratch.path("theirs")} belongs to another account`,
      );
      assert.not.ok(await scratch.exists("theirs/ours/f"));
    },
  ),
);

common("a lock is held by one process at a time, and a name is a lock of its own", () =>
  withScript('take_lock "$1"; echo held; read -r || true', async (scratch, run) => {
    const holder = spawn(scratch.path("task.sh"), ["backup"], {
      env: scratch.environment,
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(holder.stdout, "data");
    const second = await run({}, "take_lock backup");
    assert.is(second.code, 75);
    assert.match(second.stderr, "another backup is running");
    assert.is((await run({}, "take_lock collect")).code, 0);
    const patient = await run({}, 'SECONDS=0; (take_lock backup 1) || echo "$? after ${SECONDS}"');
    assert.match(patient.stdout, /^75 after [12]\n$/);
    assert.is((await run({}, 'stat --format=%a "${root}/run/honeypot"')).stdout, "700\n");
    const waiting = run({}, "take_lock backup 60");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    assert.is((await waiting).code, 0);
    assert.is((await run({}, "take_lock backup")).code, 0);
  }),
);

common("used_percent prints df's whole number", () =>
  withScript('used_percent "${dumps}"', async (scratch, run) => {
    await scratch.stub("df", "printf 'Use%%\\n 97%%\\n'");
    assert.is((await run()).stdout, "97\n");
  }),
);

common("a missing settings file ends the script", () =>
  withScript("echo went on", async (scratch, run) => {
    await scratch.stub("rm", 'exec /bin/rm "$@"');
    await run({}, 'rm "${root}/etc/default/honeypot"');
    const { code, stdout } = await run();
    assert.is.not(code, 0);
    assert.is(stdout, "");
  }),
);

common(
  "keep_notes replaces a task's findings: printable, bad ones first, capped, and none leaves no file",
  () =>
    withScript(
      `umask 077; note note $'left out \\e[31m\\n\\xff'; note bad "a damaged file"
    for i in {1..60}; do note note "file \${i} $(printf '%0400d' 0)"; done; keep_notes collect`,
      async (scratch, run) => {
        const { code, stderr } = await run();
        assert.is(code, 0, stderr);
        const lines = (await scratch.read("var/lib/honeypot/state/collect.notes")).split("\n");
        assert.equal(lines.slice(0, 2), ["bad: a damaged file", "note: left out ?[31m??"]);
        assert.equal(lines.slice(50), ["note: and 12 more", ""]);
        assert.ok(lines.every((line) => line.length <= 300));
        const stat = await run({}, 'stat --format=%a "${state}/collect.notes"; ls --almost-all "${state}"');
        assert.is(stat.stdout, "644\ncollect.notes\n");
        assert.is((await run({}, "keep_notes collect && keep_notes collect")).code, 0);
        assert.is(await scratch.exists("var/lib/honeypot/state/collect.notes"), false);
      },
    ),
);

common.run();

type Run = (environment?: Readonly<Record<string, string>>, body?: string) => ReturnType<ScratchRoot["run"]>;

async function withScript(
  body: string,
  use: (scratch: ScratchRoot, run: Run) => Promise<void>,
): Promise<void> {
  const scratch = await makeScratchRoot();
  const write = (path: string, text: string) =>
    scratch.write(
      path,
      `#!/bin/bash\nset -euo pipefail\nsource "\${HONEYPOT_ROOT}/opt/honeypot/scripts/common.sh"\n${text}\n`,
      {
        mode: 0o755,
      },
    );
  try {
    await write("task.sh", body);
    await use(scratch, async (environment = {}, other) => {
      if (other !== undefined) await write("other.sh", other);
      return scratch.run(other === undefined ? "task.sh" : "other.sh", [], { environment });
    });
  } finally {
    await scratch.remove();
  }
}
