import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Clone, cloneRepository } from "../../src/trial/clone.ts";
import { type GitLimits, gitLimits } from "../../src/trial/limited-git.ts";
import { pythonIndex } from "../../src/trial/python-index.ts";
import { fetchSources } from "../../src/trial/sources.ts";
import { type Certificate, makeCertificate } from "../../src/trial/stand-ins/certificate.ts";
import { gitStandIns } from "../../src/trial/stand-ins/git.ts";
import { commitAll, nextStandIn, standInRepository } from "../support/dshield-stand-in.ts";
import { planOf } from "../support/example-plan.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { startPythonIndex } from "../support/python-index.ts";
import { execute } from "../support/scratch-root.ts";

// The repositories, from this machine to the guest of a trial.

const test = suite("trial/sources");
const withGit = needs("git", "openssl", "curl");
const { signal } = new AbortController();
const variables = ["GIT_SSL_CAINFO", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_INDEX_URL"] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

function setEnvironment(wanted: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of wanted)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}

let folder: string;
let certificate: Certificate;
let server: Server;
let port: number;
let commit: string;
/** The repositories that the server has at the moment. */
let clones: Clone[];

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  certificate = await makeCertificate(["localhost"]);
  await writeFile(join(folder, "cert.pem"), certificate.cert);
  process.env.GIT_SSL_CAINFO = join(folder, "cert.pem");
  commit = await standInRepository(join(folder, "upstream"));
  server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    gitStandIns(clones, certificate)[0]?.serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
test.before.each(() => {
  clones = [{ url: urlOf("upstream"), folder: join(folder, "upstream/.git") }];
});
test.after(async () => {
  server.close();
  setEnvironment(before);
  await rm(folder, { recursive: true });
});

const urlOf = (name: string) => `https://localhost:${port}/DShield-ISC/${name}`;

/** As `45-clones.sh` does. */
async function cloneInGuest(url: string, ref: string, into: string): Promise<string> {
  const git = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await execute("git", ["-C", into, ...words], process.env, 60);
    assert.is(code, 0, stderr);
    return stdout.trim();
  };
  await mkdir(into);
  await git("init", "--quiet");
  await git("remote", "add", "origin", url);
  if (/^[0-9a-f]{7,39}$/.test(ref)) await git("fetch", "--quiet", "--tags", "origin");
  else await git("fetch", "--quiet", "--depth=1", "origin", ref);
  return git("rev-parse", /^[0-9a-f]{7,39}$/.test(ref) ? ref : "FETCH_HEAD");
}

for (const from of ["the address", "a folder"] as const)
  for (const kind of ["commit", "tag", "branch", "abbreviated commit"] as const)
    withGit(test, `the guest gets the ${kind} that this machine has cloned from ${from}`, async () => {
      const ref = { commit, tag: "V100", branch: "main", "abbreviated commit": commit.slice(0, 10) }[kind];
      const bare = await mkdtemp(join(folder, "bare-"));
      const clone = await cloneRepository(
        { url: urlOf("upstream"), ref },
        { folder: bare, from: from === "a folder" ? join(folder, "upstream") : undefined, signal },
      );
      assert.equal(await readdir(join(bare, "hooks")).catch(() => []), []);
      clones = [clone];
      assert.is(await cloneInGuest(clone.url, ref, join(bare, "guest")), commit);
    });

withGit(test, "the hooks and the templates of the user's git are not used", async () => {
  const trap = join(folder, "trap");
  await mkdir(join(trap, "hooks"), { recursive: true });
  await writeFile(join(trap, "hooks/reference-transaction"), `#!/bin/sh\ntouch ${trap}/ran\n`, {
    mode: 0o755,
  });
  const config = join(folder, "user.gitconfig");
  await writeFile(config, `[core]\n\thooksPath = ${trap}/hooks\n[init]\n\ttemplateDir = ${trap}\n`);
  process.env.GIT_CONFIG_GLOBAL = config;
  try {
    for (const from of [undefined, join(folder, "upstream")])
      await cloneRepository(
        { url: urlOf("upstream"), ref: commit },
        { folder: await mkdtemp(join(folder, "bare-")), from, signal },
      );
  } finally {
    delete process.env.GIT_CONFIG_GLOBAL;
  }
  assert.equal(await readdir(trap), ["hooks"]);
});

withGit(test, "a login of the user is not given to the server", async () => {
  const logins: (string | undefined)[] = [];
  const strict = createSecureServer({ ...certificate }, ({ headers }, response) => {
    logins.push(headers.authorization);
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
  }).listen(0, "127.0.0.1");
  await once(strict, "listening");
  const home = await mkdtemp(join(folder, "home-"));
  await writeFile(join(home, ".netrc"), "machine localhost login me password of-netrc\n", { mode: 0o600 });
  const url = `https://localhost:${(strict.address() as AddressInfo).port}/DShield-ISC/dshield`;
  const user = {
    HOME: home,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: "Authorization: Basic b3RoZXI=",
  };
  const had = Object.keys(user).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, user);
  try {
    const bare = await mkdtemp(join(folder, "bare-"));
    const error = await failureOf(
      cloneRepository({ url, ref: "main" }, { folder: bare, from: undefined, signal }),
    );
    assert.match(error.message, /dshield cannot be cloned at main: /);
  } finally {
    setEnvironment(had);
    strict.close();
  }
  assert.ok(logins.length > 0);
  assert.equal(
    logins.filter((login) => login !== undefined),
    [],
  );
});

withGit(test, "a folder without a repository is refused with git's reason only", async () => {
  const from = await mkdtemp(join(folder, "empty-"));
  const bare = join(folder, "bare-of-empty");
  const { message } = await failureOf(
    cloneRepository({ url: urlOf("upstream"), ref: "main" }, { folder: bare, from, signal }),
  );
  assert.match(message, /empty-\w+ cannot be cloned at main: '.*' does not appear to be a git repository$/);
});

const tooMuch: readonly (readonly [
  name: string,
  files: Readonly<Record<string, Buffer>>,
  small: GitLimits,
  large: GitLimits,
])[] = [
  [
    "is too large",
    { file: randomBytes(2 << 20) },
    { ...gitLimits, fileMebibytes: 1 },
    { ...gitLimits, fileMebibytes: 4 },
  ],
  [
    // Packed, they are a few kilobytes, and one is the difference from the other.
    "needs too much memory",
    { one: Buffer.alloc(32 << 20), two: Buffer.concat([Buffer.alloc(32 << 20), Buffer.from("two")]) },
    { ...gitLimits, memoryMebibytes: 56 },
    gitLimits,
  ],
];
for (const [name, files, small, large] of tooMuch)
  withGit(test, `a repository that ${name} is refused`, async () => {
    const from = join(await mkdtemp(join(folder, "much-")), "much");
    await standInRepository(from);
    for (const [file, content] of Object.entries(files)) await writeFile(join(from, file), content);
    await commitAll(from, "much");
    await execute("git", ["-C", from, "repack", "-adfq"], process.env, 60);
    const fetched = async (limits: GitLimits) =>
      cloneRepository(
        { url: urlOf("much"), ref: "main" },
        { folder: await mkdtemp(join(folder, "bare-")), from, signal, limits },
      );
    assert.match((await failureOf(fetched(small))).message, /much cannot be cloned at main: /);
    await fetched(large);
  });

withGit(test, "an abbreviated commit that no branch and no tag has is refused", async () => {
  const bare = await mkdtemp(join(folder, "bare-"));
  const error = await failureOf(
    cloneRepository(
      { url: urlOf("upstream"), ref: "0123456789" },
      { folder: bare, from: join(folder, "upstream"), signal },
    ),
  );
  assert.match(
    error.message,
    /cannot be cloned at 0123456789: none of its branches and tags has that commit$/,
  );
});

needs("git", "root")(test, "the clone of another account is refused with git's own way out", async () => {
  const from = await mkdtemp(join(folder, "foreign-"));
  await standInRepository(join(from, "clone"));
  await execute("chown", ["--recursive", "12345", from]);
  const bare = await mkdtemp(join(folder, "bare-"));
  const { hint = "" } = await failureOf(
    cloneRepository(
      { url: urlOf("upstream"), ref: "main" },
      { folder: bare, from: join(from, "clone"), signal },
    ),
  );
  const [, place = ""] =
    /^if you trust it: git config --global --add safe\.directory (\S+)$/.exec(hint) ?? [];
  const config = join(from, "gitconfig");
  await writeFile(config, `[safe]\n\tdirectory = ${place}\n`);
  process.env.GIT_CONFIG_GLOBAL = config;
  try {
    await cloneRepository(
      { url: urlOf("upstream"), ref: "main" },
      { folder: bare, from: join(from, "clone"), signal },
    );
  } finally {
    delete process.env.GIT_CONFIG_GLOBAL;
  }
});

const failureOf = (work: Promise<unknown>): Promise<Error & { hint?: string }> =>
  work.then(
    () => assert.unreachable() as never,
    (error) => error,
  );

const failures: readonly (readonly [name: string, url: string, ref: string, said: RegExp])[] = [
  [
    "a missing ref",
    "upstream",
    "no-such-branch",
    /upstream cannot be cloned at no-such-branch: [^;]*no-such-branch$/,
  ],
  ["a missing repository", "other", "main", /other cannot be cloned at main: repository .* not found$/],
];
for (const [name, repository, ref, said] of failures)
  withGit(test, `${name} is reported`, async () => {
    const bare = await mkdtemp(join(folder, "bare-"));
    const error = await failureOf(
      cloneRepository({ url: urlOf(repository), ref }, { folder: bare, from: undefined, signal }),
    );
    assert.match(error.message, said);
  });

const requests: readonly (readonly [name: string, words: readonly string[], code: string])[] = [
  ["a push", ["URL/info/refs?service=git-receive-pack"], "404"],
  ["a path outside", ["--path-as-is", "URL/../../../etc/info/refs?service=git-upload-pack"], "404"],
  ["a file of the repository", ["URL/config"], "404"],
  ["another host", ["--header", "Host: example.org", "URL/info/refs?service=git-upload-pack"], "404"],
  ["a large body", ["--header", "Expect:", "--data-binary", "@big", "URL/git-upload-pack"], "000"],
  [
    "a body that grows when it is unpacked",
    ["--header", "Content-Encoding: gzip", "--data-binary", "@bomb", "URL/git-upload-pack"],
    "000",
  ],
];
for (const [name, words, code] of requests)
  withGit(test, `the git server refuses ${name}`, async () => {
    await writeFile(join(folder, "body"), Buffer.alloc(2 << 20));
    await writeFile(join(folder, "bomb"), gzipSync(Buffer.alloc(64 << 20)));
    const real = words.map((word) =>
      word
        .replace("URL", urlOf("upstream"))
        .replace(/^@big$/, `@${folder}/body`)
        .replace(/^@bomb$/, `@${folder}/bomb`),
    );
    const { stdout } = await execute(
      "curl",
      [
        "--silent",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "--cacert",
        join(folder, "cert.pem"),
        ...real,
      ],
      process.env,
      30,
    );
    assert.is(stdout, code);
  });

needs("python3")(test, "pip names the index, and its page the servers of the files", async () => {
  const { origin, url, stop } = await startPythonIndex();
  process.env.PIP_CONFIG_FILE = "/dev/null";
  delete process.env.PIP_CERT;
  try {
    process.env.PIP_INDEX_URL = url;
    const found = { url, servers: [origin, "https://files.example.org"] };
    assert.equal(await pythonIndex(signal), { ...found, certificates: undefined });
    process.env.PIP_CERT = join(folder, "cert.pem");
    const certificates = await readFile(join(folder, "cert.pem"), "utf8");
    assert.equal(await pythonIndex(signal), { ...found, certificates });
    delete process.env.PIP_CERT;
    await writeFile(join(folder, "pip.conf"), `[global]\ncert = ${join(folder, "cert.pem")}\n`);
    process.env.PIP_CONFIG_FILE = join(folder, "pip.conf");
    assert.equal(await pythonIndex(signal), { ...found, certificates });
    process.env.PIP_CERT = join(folder, "missing.pem");
    assert.match((await failureOf(pythonIndex(signal))).message, /cannot read .*missing\.pem/);
    delete process.env.PIP_CERT;
    process.env.PIP_INDEX_URL = `${origin}/other`;
    assert.match((await failureOf(pythonIndex(signal))).message, /other\/pip\/ does not exist/);
    process.env.PIP_INDEX_URL = `${origin.replace("//", "//user:token-4711@")}/mirror/simple`;
    const error = await failureOf(pythonIndex(signal));
    assert.match(error.message, /needs a login/);
    assert.not.match(error.message, "token-4711");
    process.env.PIP_INDEX_URL = `${origin}/crowded`;
    assert.match((await failureOf(pythonIndex(signal))).message, /crowded\/pip\/ has links to 21 servers/);
  } finally {
    stop();
  }
});

needs("python3")(test, "pip of the current folder is not run", async () => {
  const { url, stop } = await startPythonIndex();
  process.env.PIP_INDEX_URL = url;
  const here = process.cwd();
  const clone = await mkdtemp(join(folder, "hostile-"));
  await writeFile(join(clone, "pip.py"), "open('ran', 'w')\n");
  process.chdir(clone);
  try {
    await pythonIndex(signal);
  } finally {
    process.chdir(here);
    stop();
  }
  assert.equal(await readdir(clone), ["pip.py"]);
});

const dshieldOf = (repository: string) => ({
  install: true,
  email: "a@example.org",
  user_id: 1,
  api_key: { env: "A" },
  repository: urlOf(repository),
  ref: commit,
});
const sensorWith = (settings: object) =>
  planOf({
    name: "sensor-1",
    target: "nocloud",
    admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
    ...settings,
  });

/** A folder for `--clones`, with clones of the stand-in by these names and with `cowrie.zip`. */
async function clonesFolder(...names: readonly string[]): Promise<string> {
  const made = await mkdtemp(join(folder, "clones-"));
  for (const name of names) await symlink(join(folder, "upstream"), join(made, name));
  await writeFile(join(made, "cowrie.zip"), "zip");
  return made;
}

withGit(
  test,
  "each repository comes from the clone of its name, and what nobody needs is not asked for",
  async () => {
    const tools = { cowrieprocessor: { ref: commit }, json_log_country: { ref: "V100" } };
    const made = await clonesFolder("cowrieprocessor", "json_log_country");
    const options = { folder: join(folder, "tools"), clonesFolder: made, signal };
    const sources = await fetchSources([await sensorWith({ tools })], options);
    assert.is(sources.installer, undefined);
    assert.equal(
      sources.clones.map(({ url }) => url),
      ["https://github.com/jslagrew/cowrieprocessor", "https://github.com/justin-leibach/JSON-Log-Country"],
    );
    for (const clone of sources.clones) {
      const { stdout } = await execute("git", ["-C", clone.folder, "for-each-ref", "--format=%(objectname)"]);
      assert.is(stdout.trim(), commit);
    }
  },
);

withGit(test, "the guest gets each of the refs that two settings have of one repository", async () => {
  const from = join(await mkdtemp(join(folder, "two-")), "two");
  const oldest = await standInRepository(from);
  await execute("git", ["-C", from, "tag", "trial"]);
  // Neither of them has a tag.
  const older = await nextStandIn(from, "bin/install.sh", "#!", "#! ");
  const newer = await nextStandIn(from, "bin/install.sh", "#! ", "#!  ");
  const short = older.slice(0, 10);
  const commits = new Map([
    ["trial", oldest],
    [short, older],
  ]);
  const made = await clonesFolder();
  await symlink(from, join(made, "cowrieprocessor"));
  for (const both of [
    ["trial", newer],
    [older, newer],
    [newer, short],
    [short, newer],
  ]) {
    const plans = await Promise.all(both.map((ref) => sensorWith({ tools: { cowrieprocessor: { ref } } })));
    const bare = await mkdtemp(join(folder, "bare-"));
    const sources = await fetchSources(plans, { folder: bare, clonesFolder: made, signal });
    clones = sources.clones.map((clone) => ({ ...clone, url: urlOf("two") }));
    for (const ref of both)
      assert.is(await cloneInGuest(urlOf("two"), ref, join(bare, `guest-${ref}`)), commits.get(ref) ?? ref);
  }
});

const lost: readonly (readonly [
  name: string,
  settings: () => object,
  clones: () => Promise<string | undefined>,
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    "DShield's repository",
    () => ({ dshield: dshieldOf("missing") }),
    async () => undefined,
    /^DShield cannot be fetched: .*missing cannot be cloned/,
    /--clones FOLDER; or leave it out: --no-dshield$/,
  ],
  [
    "the clone of DShield",
    () => ({ dshield: dshieldOf("upstream") }),
    () => clonesFolder(),
    /^DShield cannot be fetched: .*clones-\w+\/dshield does not exist$/,
    /^clone it: git clone https:\/\/localhost:\d+\/DShield-ISC\/upstream \S+\/dshield$/,
  ],
  [
    "the clone of a tool",
    () => ({ tools: { json_log_country: {} } }),
    () => clonesFolder("dshield", "cowrieprocessor"),
    /^json_log_country cannot be fetched: .*\/json_log_country does not exist$/,
    /^clone it: git clone https:\/\/github\.com\/justin-leibach\/JSON-Log-Country \S+\/json_log_country$/,
  ],
  [
    "the commit of a tool",
    () => ({ tools: { json_log_country: {} } }),
    () => clonesFolder("json_log_country"),
    /^json_log_country cannot be fetched: .*json_log_country cannot be cloned at [0-9a-f]{40}: /,
    /^update the clone: git -C \S+\/json_log_country pull; or leave it out: --no-tools$/,
  ],
  [
    "cowrie.zip",
    () => ({ dshield: dshieldOf("upstream") }),
    async () => {
      const made = await clonesFolder("dshield");
      await rm(join(made, "cowrie.zip"));
      return made;
    },
    /^DShield cannot be fetched: .*cowrie\.zip does not exist$/,
    /^download it: curl --output .*cowrie\.zip https:\/\/www\.dshield\.org\/cowrie\.zip$/,
  ],
  [
    "cowrie.zip but a link to another file",
    () => ({ dshield: dshieldOf("upstream") }),
    async () => {
      const made = await clonesFolder("dshield");
      await rm(join(made, "cowrie.zip"));
      await symlink(join(folder, "cert.pem"), join(made, "cowrie.zip"));
      return made;
    },
    /^DShield cannot be fetched: .*cowrie\.zip is not a file$/,
    /^replace it with https:\/\/www\.dshield\.org\/cowrie\.zip$/,
  ],
  [
    "a folder of clones but a file",
    () => ({ tools: { json_log_country: {} } }),
    async () => join(await clonesFolder(), "cowrie.zip"),
    /^json_log_country cannot be fetched: .*json_log_country cannot be read: a part of its path is not a directory$/,
    /^leave it out: --no-tools$/,
  ],
  [
    "a clone of a tool but an empty folder",
    () => ({ tools: { json_log_country: {} } }),
    async () => {
      const made = await clonesFolder();
      await mkdir(join(made, "json_log_country"));
      return made;
    },
    /^json_log_country cannot be fetched: .* does not appear to be a git repository$/,
    /^clone it: git clone \S+ \S+\/json_log_country; or leave it out: --no-tools$/,
  ],
  [
    "the package index",
    () => {
      process.env.PIP_INDEX_URL = "ftp://index.example.org/simple";
      return { dshield: dshieldOf("upstream") };
    },
    () => clonesFolder("dshield"),
    /^DShield cannot be fetched: pip does not name its package index$/,
    /^leave it out: --no-dshield$/,
  ],
];
for (const [name, settings, clones, message, hint] of lost)
  withGit(test, `without ${name} it says how to go on`, async () => {
    const bare = await mkdtemp(join(folder, "bare-"));
    const options = { folder: bare, clonesFolder: await clones(), signal };
    const error = await failureOf(fetchSources([await sensorWith(settings())], options));
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
  });

test.run();
