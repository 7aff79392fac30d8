import { spawn } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

// A real git; stand-ins that write words into files replace the backup, the installation, the restore and the status.

const update = suite("update-dshield.sh");
const test = needs("git", "flock");
const script = "opt/honeypot/scripts/update-dshield.sh";

test(update, "to the newest of the branch: after a backup, and looked over", () =>
  withDshield("main", async ({ root, commit, head, last }) => {
    const old = await head();
    const now = await commit("better");
    const { code, stderr } = await root.run(script);
    assert.is(code, 0, stderr);
    assert.is(await head(), now);
    assert.is(
      await root.read("done"),
      `backup at ${old}\ninstall ${now}\nreapply --now\nrestart rsyslog.service cron.service cowrie.service web-honeypot.service\n`,
    );
    assert.match(await last(), ` ok updated from ${old.slice(0, 7)} to ${now.slice(0, 7)}\n`);
    assert.not(await root.exists("var/lib/honeypot/state/dshield.updating"));
  }),
);

test(update, "changes nothing without a newer commit, or if the ref is pinned", () =>
  withDshield("main", async ({ root, commit, head, last, pin }) => {
    assert.is((await root.run(script)).code, 0);
    assert.match(await last(), / ok is at [0-9a-f]{7}, which is main\n/);
    await pin((await head()).slice(0, 10));
    await commit("better");
    assert.is((await root.run(script)).code, 0);
    assert.not(await root.exists("done"));
  }),
);

test(update, "by hand to any commit, also an abbreviated one", () =>
  withDshield("main", async ({ root, commit, head }) => {
    const wanted = await commit("wanted");
    await commit("newer");
    assert.is((await root.run(script, [wanted.slice(0, 9)])).code, 0);
    assert.is(await head(), wanted);
  }),
);

const failures: readonly (readonly [name: string, content: string, why: string])[] = [
  ["an installer that fails", "fails", "its installer failed"],
  ["a service that is worse than before", "breaks", "cowrie"],
];
for (const [name, content, why] of failures)
  test(update, `${name} is taken back, and not tried again by itself`, () =>
    withDshield("main", async ({ root, commit, head, last }) => {
      const old = await head();
      const broken = await commit(content);
      const { code } = await root.run(script);
      assert.is(code, 1);
      assert.is(await head(), old);
      assert.match(await root.read("done"), `install ${old}\n`);
      const said = await last();
      assert.match(said, ` failed ${broken.slice(0, 7)} does not work here (${why}`);
      assert.match(said, `went back to ${old.slice(0, 7)}\n`);
      await execute("rm", [root.path("done")]);
      assert.is((await root.run(script)).code, 0);
      assert.not(await root.exists("done"));
      assert.match(
        await last(),
        ` ok stays at ${old.slice(0, 7)}: ${broken.slice(0, 7)} did not work here\n`,
      );
      const good = await commit("good");
      assert.is((await root.run(script)).code, 0);
      assert.is(await head(), good);
    }),
  );

test(update, "a check that was bad before may be bad afterwards", () =>
  withDshield("main", async ({ root, commit, head }) => {
    await root.write("bad", "disk");
    const now = await commit("better");
    assert.is((await root.run(script)).code, 0);
    assert.is(await head(), now);
  }),
);

test(update, "without a backup nothing is begun", () =>
  withDshield("main", async ({ root, commit, head, last }) => {
    const old = await head();
    await commit("better");
    await stub(root, "opt/honeypot/scripts/backup.sh", "exit 1");
    assert.is((await root.run(script)).code, 1);
    assert.is(await head(), old);
    assert.match(await last(), " failed not started: there is no backup");
  }),
);

test(update, "reports an unreachable server", () =>
  withDshield("main", async ({ root, last }) => {
    await execute("mv", [root.path("server"), root.path("away")]);
    assert.is.not((await root.run(script)).code, 0);
    assert.match(await last(), " failed main cannot be fetched");
  }),
);

test(update, "an earlier one that failed does not speak against the one that a power cut has ended", () =>
  withDshield("main", async ({ root, commit, head }) => {
    const old = await head();
    const now = await commit("better");
    await root.write("bad", "update");
    await root.write("var/lib/honeypot/state/dshield.updating", `${old} ${now}\n`);
    assert.is((await execute("git", ["-C", root.path(clone), "fetch", "--quiet"])).code, 0);
    assert.is((await root.run(script)).code, 0);
    assert.is(await head(), now);
  }),
);

test(update, "after a power cut the update is repeated from the previous commit", () =>
  withDshield("main", async ({ root, commit, head, last }) => {
    const old = await head();
    const now = await commit("better");
    await stub(root, "opt/honeypot/first-boot/50-dshield.sh", 'kill -KILL "$PPID"');
    await root.run(script);
    assert.is(await root.read("var/lib/honeypot/state/dshield.updating"), `${old} ${now}\n`);
    await stub(root, "opt/honeypot/first-boot/50-dshield.sh", installs);
    assert.is((await root.run(script)).code, 0);
    assert.match(await last(), `updated from ${old.slice(0, 7)} to ${now.slice(0, 7)}`);
    assert.not(await root.exists("var/lib/honeypot/state/dshield.updating"));
  }),
);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  test(update, `one that ${signal} ends is a failure, and is begun again`, () =>
    withDshield("main", async ({ root, commit, head, last }) => {
      const old = await head();
      const now = await commit("better");
      await root.write("var/lib/honeypot/state/dshield-update.last", "1 ok is at 1234567, which is main\n");
      await stub(
        root,
        "opt/honeypot/first-boot/50-dshield.sh",
        ': >"$HONEYPOT_ROOT/begun"; exec tail --follow /dev/null',
      );
      const child = spawn(root.path(script), { env: root.environment, stdio: "ignore", detached: true });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await waitFor("the installer", () => root.exists("begun"));
      // Like systemd: every process of the unit.
      process.kill(-(child.pid ?? 0), signal);
      assert.is(await ended, 143);
      assert.match(await last(), /^\d{10} failed stopped by a signal\n$/);
      assert.is(await root.read("var/lib/honeypot/state/dshield.updating"), `${old} ${now}\n`);
      assert.not(await root.exists("var/lib/honeypot/state/dshield.refused"));
      await stub(root, "opt/honeypot/first-boot/50-dshield.sh", installs);
      assert.is((await root.run(script)).code, 0);
      assert.match(await last(), `updated from ${old.slice(0, 7)} to ${now.slice(0, 7)}`);
    }),
  );

for (const damage of [
  "find .git/objects -type f -exec truncate --size=0 {} +",
  ": >.git/index",
  ": >.git/HEAD",
  ": >what",
])
  test(update, `a clone that a power cut has broken (${damage}) is fetched again, and installed`, () =>
    withDshield("main", async ({ root, commit, head, last }) => {
      const old = await head();
      const now = await commit("better");
      await root.write("var/lib/honeypot/state/dshield.updating", `${old} ${now}\n`);
      const spoil = `cd "$1"; chmod -R u+w .git; ${damage}`;
      assert.is((await execute("bash", ["-ec", spoil, "bash", root.path(clone)])).code, 0);
      const { code, stderr } = await root.run(script);
      assert.is(code, 0, stderr);
      assert.is(await head(), now);
      assert.match(await root.read("done"), `install ${now}\n`);
      assert.match(await last(), ` ok updated from ${old.slice(0, 7)} to ${now.slice(0, 7)}`);
    }),
  );

test(
  update,
  "a broken clone is fetched again and installed even without an update, because the installed commit is unknown",
  () =>
    withDshield("main", async ({ root, head }) => {
      const old = await head();
      await execute("bash", ["-c", `: >"$1/.git/index"`, "bash", root.path(clone)]);
      const { code, stderr } = await root.run(script);
      assert.is(code, 0, stderr);
      assert.match(await root.read("done"), `install ${old}\n`);
    }),
);

test(update, "the commit to roll back to is fetched if the clone is new", () =>
  withDshield("main", async ({ root, commit, head, last }) => {
    const old = await head();
    const broken = await commit("fails");
    await root.write("var/lib/honeypot/state/dshield.updating", `${old} ${broken}\n`);
    await execute("rm", ["-r", root.path(clone)]);
    assert.is((await root.run(script)).code, 1);
    assert.is(await head(), old);
    assert.match(await last(), `went back to ${old.slice(0, 7)}\n`);
  }),
);

update.run();

const clone = "opt/honeypot/src/dshield";
const installs = `what=$(<"\${HONEYPOT_ROOT}/${clone}/what")
echo "install $(git -C "\${HONEYPOT_ROOT}/${clone}" rev-parse HEAD)" >>"\${HONEYPOT_ROOT}/done"
if [[ $what == fails ]]; then exit 1; fi
rm -f "\${HONEYPOT_ROOT}/broken"; if [[ $what == breaks ]]; then echo cowrie >"\${HONEYPOT_ROOT}/broken"; fi`;

function stub(root: ScratchRoot, path: string, body: string): Promise<string> {
  return root.write(path, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
}

async function withDshield(
  ref: string,
  body: (given: {
    readonly root: ScratchRoot;
    readonly commit: (what: string) => Promise<string>;
    readonly head: () => Promise<string>;
    readonly last: () => Promise<string>;
    readonly pin: (ref: string) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const root = await makeScratchRoot();
  try {
    const server = root.path("server");
    const git = async (...words: string[]) => {
      const { code, stdout, stderr } = await execute("git", words);
      assert.is(code, 0, stderr);
      return stdout.trim();
    };
    const commit = async (what: string) => {
      await root.write("server/what", `${what}\n`);
      await git("-C", server, "add", "what");
      await git(
        "-C",
        server,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "commit",
        "--quiet",
        "--message",
        what,
      );
      return git("-C", server, "rev-parse", "HEAD");
    };
    const pin = (wanted: string) =>
      root.configure({
        REPOSITORIES: `dshield file://${server} ${wanted} cowrieprocessor https://example.org/x 1234567`,
      });
    await pin(ref);
    await git("init", "--quiet", "--initial-branch=main", server);
    await commit("first");
    await git("clone", "--quiet", `file://${server}`, root.path(clone));
    await stub(
      root,
      "opt/honeypot/scripts/backup.sh",
      `echo "backup at $(git -C "\${HONEYPOT_ROOT}/${clone}" rev-parse HEAD)" >>"\${HONEYPOT_ROOT}/done"`,
    );
    await stub(root, "opt/honeypot/scripts/reapply.sh", 'echo "reapply $*" >>"$HONEYPOT_ROOT/done"');
    await stub(root, "opt/honeypot/first-boot/50-dshield.sh", installs);
    await stub(
      root,
      "usr/local/bin/honeypot-status",
      'cat "$HONEYPOT_ROOT"/{bad,broken} 2>/dev/null | sed "s/^/!! /; s/$/                  not running/"; exit 1',
    );
    await root.stub("systemctl", 'echo "$*" >>"$HONEYPOT_ROOT/done"');
    await root.stub("sleep", "");
    await body({
      root,
      commit,
      pin,
      head: () => git("-C", root.path(clone), "rev-parse", "HEAD"),
      last: () => root.read("var/lib/honeypot/state/dshield-update.last"),
    });
  } finally {
    await root.remove();
  }
}
