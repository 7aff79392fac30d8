import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { standInRepository } from "../support/dshield-stand-in.ts";
import { type GitServer, startGitServer } from "../support/git-server.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";

const clones = suite("first-boot/45-clones");
const test = needs("git");

const step = "opt/honeypot/first-boot/45-clones.sh";
const clone = "opt/honeypot/src/dshield";
const url = "https://git.example.org/dshield";

let folder: string;
let commit: string;
// No branch or tag points at this commit.
let between: string;
let server: GitServer;
clones.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-clones-"));
  commit = await standInRepository(join(folder, "dshield"));
  await git("commit", "--quiet", "--allow-empty", "--message=between");
  between = (await git("rev-parse", "HEAD")).trim();
  await git("commit", "--quiet", "--allow-empty", "--message=later");
  await git("branch", "dev");
  server = await startGitServer(folder);
});
clones.after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

for (const [name, ref] of [
  ["a commit", () => commit],
  ["the beginning of a commit", () => commit.slice(0, 9)],
  ["a tag", () => "V100"],
] as const)
  test(clones, `${name} is cloned, and is what is there`, () =>
    withSensor(ref(), async (scratch, run) => {
      const { code, stderr } = await run();
      assert.is(code, 0, stderr);
      assert.is(await head(scratch), commit);
      assert.is(await scratch.exists(`${clone}/bin/install.sh`), true);
      assert.is(await scratch.exists("opt/honeypot/src/.dshield.new"), false);
    }),
  );

test(clones, "a branch is cloned as it is now, and stays that", () =>
  withSensor("dev", async (scratch, run) => {
    assert.is((await run()).code, 0);
    const before = await head(scratch);
    assert.is.not(before, commit);
    await git("commit", "--quiet", "--allow-empty", "--message=latest");
    await git("branch", "--force", "dev");
    assert.is((await run()).code, 0);
    assert.is(await head(scratch), before);
  }),
);

test(clones, "a server with the old protocol, which cannot send a single commit, is cloned completely", () =>
  withSensor(between, async (scratch, run) => {
    const { code, stderr } = await run({
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_1: "protocol.version",
      GIT_CONFIG_VALUE_1: "0",
    });
    assert.is(code, 0, stderr);
    assert.is(await head(scratch), between);
  }),
);

test(clones, "an existing clone is not fetched again, and another commit replaces it", () =>
  withSensor(commit, async (scratch, run) => {
    await run();
    const nowhere = { GIT_CONFIG_KEY_0: "url.file:///nowhere/.insteadOf" };
    assert.is((await run(nowhere)).code, 0);
    const next = (await git("rev-parse", "dev")).trim();
    await scratch.configure({ REPOSITORIES: `dshield ${url} ${next}` });
    assert.is((await run(nowhere)).code, 1);
    assert.is(await head(scratch), commit);
    assert.is((await run()).code, 0);
    assert.is(await head(scratch), next);
  }),
);

test(clones, "several repositories are cloned, and a missing one is named", () =>
  withSensor(commit, async (scratch, run) => {
    await scratch.configure({
      REPOSITORIES: `other https://git.example.org/other ${commit} dshield ${url} ${commit}`,
    });
    const { code, stderr } = await run();
    assert.is(code, 1);
    assert.match(stderr, `45-clones: could not clone https://git.example.org/other at ${commit}\n`);
    assert.is(await head(scratch), commit);
  }),
);

test(clones, "a commit that is not in the repository is refused, and no partial clone is left", () =>
  withSensor("0123456789012345678901234567890123456789", async (scratch, run) => {
    const { code, stderr } = await run();
    assert.is(code, 1);
    assert.match(stderr, `could not clone ${url} at 0123456789012345678901234567890123456789\n`);
    assert.is(await scratch.exists(clone), false);
  }),
);

test(clones, "a line that breaks in the middle is tried again", () =>
  withSensor(commit, async (scratch, run) => {
    let isBroken = true;
    const line = createServer((near) => {
      const far = connect(server.port, "127.0.0.1");
      let bytes = 0;
      far.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (isBroken && bytes > 3000) near.destroy();
        else near.write(chunk);
      });
      near.on("close", () => far.destroy());
      near.on("error", () => far.destroy());
      far.on("error", () => near.destroy());
      far.on("end", () => near.end());
      near.pipe(far);
    }).listen(0, "127.0.0.1");
    await once(line, "listening");
    const address = line.address();
    const through = `git://127.0.0.1:${typeof address === "object" && address?.port}/`;
    try {
      const broken = await run({ GIT_CONFIG_KEY_0: `url.${through}.insteadOf` });
      assert.is(broken.code, 1);
      assert.is(await scratch.exists(clone), false);
      assert.is(await scratch.read("slept"), "0\n10\n60\n");
      isBroken = false;
      assert.is((await run({ GIT_CONFIG_KEY_0: `url.${through}.insteadOf` })).code, 0);
      assert.is(await head(scratch), commit);
    } finally {
      line.close();
    }
  }),
);

test(clones, "a power cut in the middle leaves nothing that is taken for a clone", () =>
  withSensor(commit, async (scratch, run) => {
    // Before the checkout, every file that git wrote is emptied, as on a disk that lost its last writes.
    const stop = `#!/bin/bash
if [[ " $* " == *" checkout "* ]]; then find "$HONEYPOT_ROOT/opt/honeypot/src/.dshield.new/.git" -type f -exec sh -c 'for f; do chmod u+w "$f"; : >"$f"; done' sh {} +; kill -9 $PPID; exit 1; fi
exec /usr/bin/git "$@"
`;
    await scratch.write("stubs/git", stop, { mode: 0o755 });
    assert.is.not((await run()).code, 0);
    assert.is(await scratch.exists(clone), false);
    await rm(scratch.path("stubs/git"));
    assert.is((await run()).code, 0);
    assert.is(await head(scratch), commit);
    assert.is((await execute("git", ["-C", scratch.path(clone), "fsck"])).code, 0);
  }),
);

for (const [name, damage] of [
  ["its objects", "find .git/objects -type f -exec truncate --size=0 {} +"],
  [
    "a file, which looks as large and as old as it was",
    "cp -p bin/install.sh /tmp/old.$$; sed -i 's/./x/g' bin/install.sh; touch -r /tmp/old.$$ bin/install.sh; rm /tmp/old.$$",
  ],
  ["an empty file", ": >bin/install.sh"],
  ["its index", ": >.git/index"],
  ["its HEAD", ": >.git/HEAD"],
  ["its settings", ": >.git/config"],
  ["the list of what it lacks", ": >.git/shallow"],
] as const)
  test(clones, `a clone of which a power cut has spoilt ${name} is cloned again`, () =>
    withSensor(commit, async (scratch, run) => {
      assert.is((await run()).code, 0);
      const spoil = `cd "$1"; chmod -R u+w .git; ${damage}`;
      assert.is((await execute("bash", ["-ec", spoil, "bash", scratch.path(clone)])).code, 0);
      const { code, stderr } = await run();
      assert.is(code, 0, stderr);
      assert.is(await head(scratch), commit);
      const git = (...words: string[]) => execute("git", ["-C", scratch.path(clone), ...words]);
      assert.is((await git("fsck")).code, 0);
      assert.is((await git("status", "--porcelain")).stdout, "");
      assert.is((await git("remote", "get-url", "origin")).stdout, `${url}\n`);
    }),
  );

test(clones, "git does not ask for a password", async () => {
  assert.match(await readFile(`templates/${step}`, "utf8"), "GIT_TERMINAL_PROMPT=0");
});

clones.run();

type Run = (environment?: Readonly<Record<string, string>>) => Promise<Outcome>;

async function withSensor(
  ref: string,
  body: (scratch: ScratchRoot, run: Run) => Promise<void>,
): Promise<void> {
  const scratch = await makeScratchRoot({ REPOSITORIES: `dshield ${url} ${ref}` });
  await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
  try {
    await body(scratch, (environment = {}) =>
      scratch.run(step, [], {
        environment: {
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: `url.${server.url}.insteadOf`,
          GIT_CONFIG_VALUE_0: "https://git.example.org/",
          ...environment,
        },
      }),
    );
  } finally {
    await scratch.remove();
  }
}

async function head(scratch: ScratchRoot): Promise<string> {
  const { stdout } = await execute("git", ["-C", scratch.path(clone), "rev-parse", "HEAD"]);
  return stdout.trim();
}

async function git(...words: readonly string[]): Promise<string> {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  const { code, stdout, stderr } = await execute("git", ["-C", join(folder, "dshield"), ...who, ...words]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
