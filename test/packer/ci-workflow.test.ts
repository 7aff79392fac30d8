import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { readPackage } from "../../src/load/read-release.ts";
import { packageFile, readInstall } from "../../src/packer/ci-install.ts";
import { type CiArguments, ciWorkflow, isCiPath } from "../../src/packer/ci-workflow.ts";
import { type CiKind, ciKinds } from "../../src/values/ci-kinds.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The workflows as static files: their permissions and scripts. No hosted runner runs them here.

const test = suite("packer/ci-workflow");
const read = (kind: string): string => readFileSync(`packer/ci/${kind}.yml`, "utf8");
const version = JSON.parse(readFileSync("package.json", "utf8")).version as string;
const ownPackage = await readPackage();
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-ci-"));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const usual: CiArguments = {
  settings: "sensors.yaml",
  vmSystem: "",
  piSystem: "",
  sensors: [],
  install: undefined,
};
const packer = ["install.sh", ...ciKinds.map((kind) => `${kind}.yml`)].map((name) => ({
  path: `ci/${name}`,
  mode: 0o644,
  content: readFileSync(`packer/ci/${name}`, "utf8"),
}));
const made = (kind: CiKind, given: Partial<CiArguments> | object = {}) =>
  ciWorkflow(kind, { packer, ownPackage }, { ...usual, ...given });

type Step = { if?: string; uses?: string; run?: string; with?: Record<string, unknown> };
type Job = { steps: readonly Step[]; permissions?: Record<string, string>; if?: string };
const jobs = (): Readonly<Record<string, Job>> => parse(read("github")).jobs;
const steps = (): readonly Step[] => Object.values(jobs()).flatMap((job) => job.steps);

test("every action is pinned by a commit, its version beside it", () => {
  const uses = read("github")
    .split("\n")
    .filter((line) => /^\s*(- )?uses:/.test(line));
  assert.ok(uses.length > 10);
  for (const line of uses) assert.match(line, /uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const pins = new Map<string, string>();
  for (const { uses: action } of steps()) {
    const [name = "", commit = ""] = (action ?? "").split("@");
    assert.is(pins.get(name) ?? commit, commit, name);
    pins.set(name, commit);
  }
});

test("only permissions of a job are granted, and only publishing jobs may write", () => {
  assert.equal(parse(read("github")).permissions, {});
  for (const [name, { permissions }] of Object.entries(jobs())) {
    assert.ok(permissions, name);
    const writes = Object.entries(permissions ?? {}).flatMap(([what, level]) =>
      level === "write" ? [what] : [],
    );
    const wanted: Record<string, readonly string[]> = {
      "build-ami": ["id-token"],
      release: ["contents", "id-token", "attestations", "artifact-metadata"],
    };
    assert.equal(writes, wanted[name] ?? []);
  }
});

test("a pull request gets no secret and builds nothing", () => {
  assert.not.match(read("github"), "secrets.");
  assert.not.match(read("github"), "pull_request_target");
  for (const [name, job] of Object.entries(jobs()))
    if (name !== "lint") assert.match(job.if ?? "", /github\.event_name != 'pull_request'|refs\/tags\/v/);
  for (const { uses = "", with: words } of steps())
    if (uses.startsWith("actions/checkout@")) assert.is(words?.["persist-credentials"], false);
  assert.ok(parse(read("github")).concurrency.group);
});

test("for Pis alone the workflow has no job of other systems", () => {
  const needed = Object.entries(jobs()).filter(
    ([, { if: when = "" }]) => !when.includes("(vars.VM_OS || '') != 'none'"),
  );
  assert.equal(
    needed.map(([name]) => name),
    ["lint", "build-pi", "release"],
  );
  const release = jobs().release?.steps ?? [];
  for (const { with: words, if: when } of release)
    if (words !== undefined && "sbom-path" in words)
      assert.match(when ?? "", /^needs\.build(-pi)?\.result == 'success'$/);
});

test("no expression is expanded into a script", () => {
  for (const { run = "" } of steps()) assert.not.match(run, "${{");
});

/** The variables of a workflow that name sensorbake. */
const installed = (kind: CiKind, text: string) => {
  const { SENSORBAKE, SENSORBAKE_SHA256 } = parse(text)[kind === "github" ? "env" : "variables"];
  return { SENSORBAKE, SENSORBAKE_SHA256 };
};

test("each job that calls sensorbake installs it first, and nothing else does", () => {
  for (const { steps } of Object.values(jobs())) {
    const scripts = steps.map(({ run = "" }) => run);
    const calls = scripts.findIndex((run) => run.includes("sensorbake packer"));
    assert.is(scripts[calls - 1], calls === -1 ? undefined : "bash .github/sensorbake/install.sh");
  }
  const script = parse(read("gitlab"))[".bundle"].before_script as readonly string[];
  const calls = script.findIndex((line) => line.startsWith("sensorbake packer"));
  assert.is(script[calls - 1], "bash .gitlab/sensorbake/install.sh");
  for (const kind of ciKinds) assert.not.match(read(kind), /npx|npm /);
});

const install = (where: string, variables: Readonly<Record<string, string>>) =>
  execute("env", ["-C", folder, "bash", where], {
    PATH: process.env.PATH,
    HOME: folder,
    NPM_CONFIG_PREFIX: join(folder, "prefix"),
    // Any request fails at once.
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/",
    NPM_CONFIG_FETCH_RETRIES: "0",
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
    ...variables,
  });

for (const kind of ciKinds)
  needs("npm", "bash", "sha256sum")(
    test,
    `${kind}: the installer installs the sensorbake that wrote the workflow, without a network, and no other file`,
    async () => {
      writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
      const words = ["packer", "sensors.yaml", "--ci", kind];
      assert.is((await sensorbake(words, { cwd: folder })).code, 0);
      const { workflow, installer } = made(kind);
      const variables = installed(kind, readFileSync(join(folder, workflow.path), "utf8"));
      const [script = "", file = ""] = installer.map(({ path }) => path);
      const { code, stderr } = await install(script, variables);
      assert.is(code, 0, stderr);
      const program = join(folder, "prefix/bin/sensorbake");
      const run = (...given: string[]) =>
        execute("env", ["-C", folder, program, ...given], { PATH: process.env.PATH, HOME: folder });
      assert.is((await run("--version")).stdout, `${version}\n`);
      // The job finds its own workflow, package file and folder unchanged: it writes the same files as we do.
      const same = await run(...words, "--check");
      assert.is(same.code, 0, same.stdout + same.stderr);

      rmSync(join(folder, "prefix"), { recursive: true });
      const bytes = readFileSync(join(folder, file));
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(join(folder, file), bytes);
      const refused = await install(script, variables);
      assert.is(refused.code, 1);
      assert.match(refused.stdout, "sensorbake.tgz: FAILED");
      assert.not.ok(existsSync(join(folder, "prefix")));
      const changed = await sensorbake([...words, "--check"], { cwd: folder });
      assert.is(changed.code, 1);
      assert.match(String(changed.stdout), `changed  ${file}\n`);
    },
  );

const sum = "0123456789abcdef".repeat(4);
const forms: readonly (readonly [text: string, spec: string, sha256: string])[] = [
  ["sensorbake@0.1.0", "sensorbake@0.1.0", ""],
  ["@team/sensorbake@1.2.3-rc.1", "@team/sensorbake@1.2.3-rc.1", ""],
  [
    `git+https://example.org/team/sensorbake.git#${sum.slice(24)}`,
    `git+https://example.org/team/sensorbake.git#${sum.slice(24)}`,
    "",
  ],
  [
    `git+ssh://git@example.org:2222/team/sensorbake.git#${sum.slice(24)}`,
    `git+ssh://git@example.org:2222/team/sensorbake.git#${sum.slice(24)}`,
    "",
  ],
  [
    `https://example.org/a/sensorbake-0.1.0.tgz#sha256=${sum}`,
    "https://example.org/a/sensorbake-0.1.0.tgz",
    sum,
  ],
];
for (const [index, [text, spec, sha256]] of forms.entries())
  test(`--install ${text} is kept in the workflow, without a package file`, async () => {
    writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
    const kind = ciKinds[index % ciKinds.length] ?? "github";
    const words = ["packer", "sensors.yaml", "--ci", kind, "--install", text];
    const { code, stderr } = await sensorbake(words, { cwd: folder });
    assert.is(code, 0, stderr);
    const { workflow, installer } = made(kind, { install: { spec, sha256 } });
    const written = readFileSync(join(folder, workflow.path), "utf8");
    assert.is(written, workflow.content);
    assert.equal(installed(kind, written), { SENSORBAKE: spec, SENSORBAKE_SHA256: sha256 });
    assert.equal(installer.length, 1);
    assert.not.ok(existsSync(join(folder, `.${kind}/sensorbake/sensorbake.tgz`)));
  });

test("--check compares the source that --install names", async () => {
  writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
  const words = ["packer", "sensors.yaml", "--ci", "github"];
  const check = async (...given: string[]) => (await sensorbake([...words, ...given], { cwd: folder })).code;
  assert.is(await check("--install", "sensorbake@0.1.0"), 0);
  assert.is(await check("--install", "sensorbake@0.1.0", "--check"), 0);
  assert.is(await check("--check"), 1);
});

for (const text of [
  "sensorbake",
  "sensorbake@latest",
  "sensorbake@^0.1.0",
  "git+https://example.org/team/sensorbake.git",
  "git+https://example.org/team/sensorbake.git#main",
  `git+https://token@example.org/team/sensorbake.git#${sum.slice(24)}`,
  "https://example.org/sensorbake.tgz",
  `http://example.org/sensorbake.tgz#sha256=${sum}`,
  `https://user:secret@example.org/sensorbake.tgz#sha256=${sum}`,
  `https://example.org/$(id).tgz#sha256=${sum}`,
])
  test(`--install refuses ${text}`, () => assert.is(readInstall(text), undefined));

test("a refusal of --install does not repeat the text, which may hold a token", async () => {
  writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
  const text = "https://user:C4N4RY@example.org/sensorbake.tgz";
  const words = ["packer", "sensors.yaml", "--ci", "github", "--install", text];
  const { code, stderr } = await sensorbake(words, { cwd: folder });
  assert.is(code, 2);
  assert.match(stderr, "--install does not name one exact version");
  assert.not.match(stderr, "C4N4RY");
});

test("--install without --ci is refused", async () => {
  writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
  const words = ["packer", "sensors.yaml", "--install", "sensorbake@0.1.0"];
  assert.match((await sensorbake(words, { cwd: folder })).stderr, "--install needs --ci");
});

needs("npm", "bash", "sha256sum")(
  test,
  "the installer verifies a package file that it downloads",
  async () => {
    const { content, sha256 } = packageFile(ownPackage);
    // Only the transport is replaced: curl refuses an address without TLS.
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "served"), content);
    const curl = `#!/bin/bash\nwhile [[ $1 != --output ]]; do shift; done\ncp "${folder}/served" "$2"\n`;
    writeFileSync(join(folder, "bin/curl"), curl, { mode: 0o755 });
    const script = resolve("packer/ci/install.sh");
    const variables = {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      SENSORBAKE: "https://example.org/sensorbake-0.1.0.tgz",
      SENSORBAKE_SHA256: sha256,
    };
    const { code, stderr } = await install(script, variables);
    assert.is(code, 0, stderr);
    assert.ok(existsSync(join(folder, "prefix/bin/sensorbake")));
    rmSync(join(folder, "prefix"), { recursive: true });
    writeFileSync(join(folder, "served"), "another");
    assert.is((await install(script, variables)).code, 1);
    assert.not.ok(existsSync(join(folder, "prefix")));
  },
);

needs("bash")(test, "the installer lets npm verify a registry version", async () => {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/npm"), '#!/bin/bash\nprintf "%s\\n" "$*"\n', { mode: 0o755 });
  const { stdout } = await install(resolve("packer/ci/install.sh"), {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    SENSORBAKE: "sensorbake@0.1.0",
    SENSORBAKE_SHA256: "",
  });
  assert.is(stdout, "install --global --no-audit --no-fund --ignore-scripts sensorbake@0.1.0\n");
});

needs("npm", "bash", "git")(test, "the installer builds the pinned commit, not a later one", async () => {
  // A small package replaces sensorbake, because this test has no registry.
  const clone = join(folder, "upstream");
  const git = (...words: string[]) =>
    execFileSync("git", ["-C", clone, "-c", "user.name=a", "-c", "user.email=a@example.org", ...words], {
      encoding: "utf8",
    }).trim();
  mkdirSync(clone);
  git("init", "--quiet");
  const commit = (version: string) => {
    const prepare = `mkdir dist && printf '#!/bin/sh\necho ${version}\n' > dist/sensorbake.js`;
    const about = {
      name: "sensorbake",
      version,
      bin: "dist/sensorbake.js",
      files: ["dist"],
      scripts: { prepare },
    };
    const lock = { name: "sensorbake", version, lockfileVersion: 3, packages: { "": about } };
    writeFileSync(join(clone, "package.json"), JSON.stringify(about));
    writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lock));
    git("add", ".");
    git("commit", "--quiet", "--message", version);
    return git("rev-parse", "HEAD");
  };
  const wanted = commit("1.0.0");
  commit("2.0.0");
  const SENSORBAKE = `git+file://${clone}#${wanted}`;
  const { code, stderr } = await install(resolve("packer/ci/install.sh"), { SENSORBAKE });
  assert.is(code, 0, stderr);
  assert.is((await execute(join(folder, "prefix/bin/sensorbake"), [])).stdout, "1.0.0\n");
});

test("each script of the bundle that is called is there, and each source that is built", () => {
  for (const kind of ciKinds)
    for (const [, path = ""] of read(kind).matchAll(/out\/packer\/([\w./-]+)/g))
      assert.ok(existsSync(join("packer", path)), path);
});

needs("shellcheck")(test, "shellcheck reports nothing in the steps", async () => {
  const scripts = steps().flatMap(({ run }) => run ?? []);
  for (const [name, job] of Object.entries(parse(read("gitlab")) as Record<string, Record<string, unknown>>))
    for (const part of ["before_script", "script"] as const) {
      const lines = name === "default" ? undefined : job?.[part];
      if (Array.isArray(lines)) scripts.push(lines.join("\n"));
    }
  assert.ok(scripts.length > 15);
  for (const [index, script] of scripts.entries()) {
    const file = join(folder, `step-${index}.sh`);
    writeFileSync(file, `set -eo pipefail\n${script}\n`);
    // Variables are the workflow's; EMULATOR of GitLab is several words.
    const words = ["--norc", "--shell=bash", "--severity=style", "--exclude=SC2154,SC2086", file];
    const { code, stdout } = await execute("shellcheck", words);
    assert.is(code, 0, `${script}\n${stdout}`);
  }
});

test("GitLab: every job has a stage, a script, and needs only jobs that exist", () => {
  const file = parse(read("gitlab")) as Record<string, Record<string, unknown>>;
  const words = ["stages", "variables", "workflow", "default"];
  const names = Object.keys(file).filter((name) => !words.includes(name));
  const stages = file.stages as unknown as readonly string[];
  for (const name of names) {
    const job = { ...file[String(file[name]?.extends)], ...file[name] };
    if (name.startsWith(".")) continue;
    assert.ok(stages.includes(String(job.stage)), name);
    assert.ok(Array.isArray(job.script), name);
    for (const need of (job.needs ?? []) as readonly (string | { job: string })[])
      assert.ok(names.includes(typeof need === "string" ? need : need.job), name);
  }
  assert.not.match(read("gitlab"), /password|secret_key|\bsecrets:/i);
});

const tools = resolve(".cache/ci-tools");
const withTools = existsSync(tools) ? needs() : needs("the tools of test/packer/ci-tools.sh");

withTools(test, "actionlint reports nothing", async () => {
  const workflows = ["packer/ci/github.yml", ".github/workflows/release.yml"];
  const { code, stdout } = await execute(join(tools, "actionlint"), ["-no-color", ...workflows]);
  assert.is(code, 0, stdout);
});

withTools(test, "GitLab's schema accepts the workflow, and refuses an unknown key", async () => {
  const list = async (content: string) => {
    writeFileSync(join(folder, ".gitlab-ci.yml"), content);
    const program = join(tools, "node_modules/.bin/gitlab-ci-local");
    return execute(program, ["--cwd", relative(".", folder), "--list"], {
      PATH: process.env.PATH,
      HOME: folder,
      NO_COLOR: "1",
    });
  };
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", folder]);
  execFileSync("git", ["-C", folder, "remote", "add", "origin", "git@gitlab.example.org:team/sensors.git"]);
  const { code, stdout, stderr } = await list(read("gitlab"));
  assert.is(code, 0, stdout + stderr);
  for (const job of ["lint", "image-amd64", "image-arm64"]) assert.match(stdout, job);
  assert.is.not((await list(read("gitlab").replace("expire_in: 30 days", "expire_never: 1"))).code, 0);
});

test("--ci writes the workflow, but keeps a changed one and any .gitignore", async () => {
  writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
  for (const kind of ciKinds) {
    const run = (...words: string[]) =>
      sensorbake(["packer", "sensors.yaml", "--ci", kind, ...words], { cwd: folder });
    const { workflow } = made(kind);
    const first = await run();
    assert.is(first.code, 0, first.stderr);
    const file = join(folder, workflow.path);
    assert.is(readFileSync(file, "utf8"), workflow.content);
    assert.is((await run()).code, 0);
    writeFileSync(file, "mine\n");
    const refused = await run();
    assert.is(refused.code, 2);
    assert.match(refused.stderr, `${workflow.path} exists and differs`);
    assert.is(readFileSync(file, "utf8"), "mine\n");
    assert.is((await run("--force")).code, 0);
    assert.is(readFileSync(file, "utf8"), workflow.content);
  }
  assert.match(readFileSync(join(folder, ".gitignore"), "utf8"), "packer_cache/");
  writeFileSync(join(folder, ".gitignore"), "out/\n");
  const written = await sensorbake(["packer", "sensors.yaml", "--ci", "github"], { cwd: folder });
  assert.match(written.stderr, /\.gitignore lacks images\/, packer_cache\//);
  assert.is(readFileSync(join(folder, ".gitignore"), "utf8"), "out/\n");
});

test("the workflow keeps the arguments that it was made with", async () => {
  const settings = readFileSync("examples/minimal.yaml", "utf8");
  mkdirSync(join(folder, "sensors"));
  writeFileSync(join(folder, "sensors/attic.yaml"), settings);
  const [{ os = "", name = "" } = {}] = parse(settings).sensors;
  for (const kind of ciKinds) {
    const words = [
      "packer",
      "./sensors/attic.yaml",
      "--ci",
      kind,
      "--os",
      os || "debian-13",
      "--sensor",
      name,
    ];
    const { code, stderr } = await sensorbake(words, { cwd: folder });
    assert.is(code, 0, stderr);
    const text = readFileSync(join(folder, made(kind).workflow.path), "utf8");
    assert.is(
      text,
      made(kind, { settings: "sensors/attic.yaml", vmSystem: os || "debian-13", sensors: [name] }).workflow
        .content,
    );
    const variables = kind === "github" ? parse(text).env : parse(text).variables;
    const value = (word: string) => String(variables[word]).replace(/^.*\|\| '(.*)' \}\}$/, "$1");
    assert.equal(["SENSORS", "VM_OS", "PI_OS", "ONLY"].map(value), [
      "sensors/attic.yaml",
      os || "debian-13",
      "",
      name,
    ]);
    assert.match(text, /packer "\$\{SENSORS\}"/);
    assert.not.match(text, /vars\.(VM_OS|PI_OS|SENSORS|ONLY)(?! \|\| )/);
  }
});

test("for Pis alone no other image is built, unless a variable says so", () => {
  const text = String(made("github", { vmSystem: "none", piSystem: "raspios-13" }).workflow.content);
  const { build, "build-pi": pi } = parse(text).jobs;
  assert.match(build.if, "(vars.VM_OS || 'none') != 'none'");
  assert.match(pi.if, "(vars.PI_OS || 'raspios-13') != ''");
});

for (const path of [
  "../sensors.yaml",
  "/etc/sensors.yaml",
  "it's.yaml",
  "a b.yaml",
  "$(id).yaml",
  "-x.yaml",
  "x\nrun.yaml",
])
  test(`a settings file that cannot be named in a workflow is refused: ${JSON.stringify(path)}`, () => {
    assert.not.ok(isCiPath(path));
    assert.throws(() => made("github", { settings: path }));
  });

test("--check says when the workflow was edited, has other arguments, or is missing", async () => {
  writeFileSync(join(folder, "sensors.yaml"), readFileSync("examples/minimal.yaml"));
  const run = (...words: string[]) =>
    sensorbake(["packer", "sensors.yaml", "--ci", "github", ...words], { cwd: folder });
  assert.is((await run()).code, 0);
  const file = join(folder, made("github").workflow.path);
  const same = await run("--check");
  assert.is(same.code, 0, same.stderr);
  writeFileSync(file, `${readFileSync(file, "utf8")}# mine\n`);
  const edited = await run("--check");
  assert.is(edited.code, 1);
  assert.match(String(edited.stdout), /^changed {2}\.github\/workflows\/sensor-image\.yml$/m);
  assert.match(edited.stderr, ".github/workflows/sensor-image.yml is out of date; write it again");
  assert.match(edited.stderr, "out/packer is up to date");
  rmSync(file);
  const json = await run("--check", "--format", "json");
  assert.is(json.code, 1);
  const { workflow, installer, differences } = JSON.parse(String(json.stdout));
  assert.equal([workflow.difference, differences], ["missing", []]);
  assert.equal(installer, [
    { path: ".github/sensorbake/install.sh", difference: null },
    { path: ".github/sensorbake/sensorbake.tgz", difference: null },
  ]);
});

test("both make an SBOM of the examined files, and GitLab's is one of its reports", () => {
  for (const kind of ciKinds) {
    assert.is(read(kind).match(/verify\.sh/g)?.length, read(kind).match(/--keep looked-at/g)?.length);
    assert.match(read(kind), /looked-at[\s\S]*spdx|sbom\.sh looked-at/);
  }
  const file = parse(read("gitlab"));
  for (const job of [file[".image"], file["image-pi"]]) {
    assert.match(job.artifacts.reports.cyclonedx, /^images\/.*\.cdx\.json$/);
    assert.is(job.variables.RUNNER_GENERATE_ARTIFACTS_METADATA, "true");
  }
  assert.equal(file.publish.id_tokens, { SIGSTORE_ID_TOKEN: { aud: "sigstore" } });
});

needs("curl", "bash", "dpkg")(
  test,
  "GitLab: published files are uploaded, and a release links them with their checksums",
  async () => {
    const publish = (parse(read("gitlab")) as { publish: { script: string[]; release?: unknown } }).publish;
    // That needs a program of GitLab's in the container.
    assert.is(publish.release, undefined);
    const seen: { method: string; url: string; token: string; body: Buffer }[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, token: String(headers["job-token"]), body: Buffer.concat(chunks) });
      response.writeHead(url.endsWith("/refused") ? 403 : 201).end("{}");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const gitlabCom = () => ({
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      CI_SERVER_URL: "https://gitlab.com",
      CI_PROJECT_URL: "https://gitlab.com/team/sensors",
      COSIGN_VERSION: "9.9.9",
    });
    const run = (tag: string, more: Readonly<Record<string, string>> = {}) => {
      const environment = {
        PATH: process.env.PATH,
        CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
        CI_PROJECT_ID: "7",
        CI_COMMIT_REF_SLUG: "v1-0",
        CI_COMMIT_TAG: tag,
        CI_JOB_TOKEN: "C4N4RY-token",
        ...more,
      };
      const words = ["-C", folder, "bash", "-eo", "pipefail", "-c", publish.script.join("\n")];
      return execute("env", words, environment);
    };
    const lay = (name: string, content: string) => {
      mkdirSync(join(folder, "images/amd64"), { recursive: true });
      writeFileSync(join(folder, "images/amd64", name), content);
    };
    lay("a-amd64.qcow2", "image");
    const { code, stdout, stderr } = await run('v1.0"x');
    assert.is(code, 0, stderr);
    assert.not.match(stdout + stderr, "C4N4RY");
    const packages = "/api/v4/projects/7/packages/generic/sensor-image/v1-0";
    assert.equal(
      seen.map(({ method, url }) => `${method} ${url}`),
      [`PUT ${packages}/SHA256SUMS`, `PUT ${packages}/a-amd64.qcow2`, "POST /api/v4/projects/7/releases"],
    );
    for (const { token } of seen) assert.is(token, "C4N4RY-token");
    const sum = createHash("sha256").update("image").digest("hex");
    assert.is(String(seen[0]?.body), `${sum}  a-amd64.qcow2\n`);
    const release = JSON.parse(String(seen[2]?.body));
    assert.is(release.tag_name, 'v1.0"x');
    assert.equal(
      release.assets.links.map(({ url }: { url: string }) => url.slice(url.indexOf("/api"))),
      [`${packages}/SHA256SUMS`, `${packages}/a-amd64.qcow2`],
    );
    assert.not.ok(existsSync(join(folder, "curl.config")));

    // On gitlab.com the checksums are signed; the stand-in for cosign is fetched in the same way.
    rmSync(join(folder, "release"), { recursive: true });
    lay("b-amd64.qcow2", "image");
    writeFileSync(join(folder, "image-amd64-metadata.json"), "{}");
    const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
    const signer = '#!/bin/bash\n[[ "$*" == "sign-blob --yes --bundle "* ]] && cp "$5" "$4"\n';
    standIns({ [`cosign-linux-${architecture}`]: signer });
    mkdirSync(join(folder, "out/packer"), { recursive: true });
    for (const file of ["fetch.sh", "pins.sha256"])
      writeFileSync(join(folder, "out/packer", file), readFileSync(join("packer", file)));
    seen.length = 0;
    const signed = await run("v1.0", gitlabCom());
    assert.is(signed.code, 0, signed.stderr);
    assert.equal(
      seen.map(({ url }) => url.slice(url.lastIndexOf("/") + 1)),
      ["SHA256SUMS", "SHA256SUMS.sigstore.json", "b-amd64.qcow2", "image-amd64-metadata.json", "releases"],
    );
    assert.is(String(seen[0]?.body), String(seen[1]?.body));
    assert.match(String(seen[0]?.body), "  image-amd64-metadata.json\n");
    assert.match(
      JSON.parse(String(seen[4]?.body)).description,
      "--certificate-identity https://gitlab.com/team/sensors//.gitlab-ci.yml@refs/tags/v1.0 SHA256SUMS",
    );

    rmSync(join(folder, "release"), { recursive: true });
    lay("c-amd64.qcow2", "image");
    seen.length = 0;
    writeFileSync(join(folder, "fetched", `cosign-linux-${architecture}`), "another");
    assert.is.not((await run("v1.0", gitlabCom())).code, 0);
    assert.equal(seen, []);

    rmSync(join(folder, "release"), { recursive: true });
    lay("refused", "image");
    seen.length = 0;
    assert.is.not((await run("v1.0")).code, 0);
    assert.not.ok(seen.some(({ url }) => url.endsWith("/releases")));
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  },
);

needs("jq", "dpkg-query")(test, "an SBOM lists each package and each clone, in both forms", async () => {
  const tree = join(folder, "looked-at");
  const lay = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  };
  const make = () => execute("bash", ["packer/ci/sbom.sh", tree, join(folder, "amd64")]);
  assert.match((await make()).stderr, "has no var/lib/dpkg/status");
  const gone = "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n\n";
  const odd = "Package: odd\nStatus: install ok installed\nVersion: 1:2.0+b~rc1\nArchitecture: all\n\n";
  lay("var/lib/dpkg/status", `${gone}${odd}${readFileSync("/var/lib/dpkg/status", "utf8")}`);
  lay("usr/lib/os-release", 'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="13"\n');
  const commit = "0123456789abcdef0123456789abcdef01234567";
  lay("opt/honeypot/src/dshield/.git/HEAD", `${commit}\n`);
  lay(
    "opt/honeypot/src/dshield/.git/config",
    '[remote "origin"]\n\turl = https://github.com/DShield-ISC/dshield\n',
  );
  lay("opt/honeypot/src/odd/.git/HEAD", '"},{"x\n');
  mkdirSync(join(tree, "opt/honeypot/src/link"));
  symlinkSync("/root/.git", join(tree, "opt/honeypot/src/link/.git"));
  const { code, stderr } = await make();
  assert.is(code, 0, stderr);
  const { packages, relationships } = JSON.parse(readFileSync(join(folder, "amd64.spdx.json"), "utf8"));
  const { components, bomFormat } = JSON.parse(readFileSync(join(folder, "amd64.cdx.json"), "utf8"));
  assert.is(bomFormat, "CycloneDX");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg's
  const query = ["--show", "--showformat=${db:Status-Status} ${Package} ${Version} ${Architecture}\n"];
  const here = (await execute("dpkg-query", query)).stdout.trim().split("\n");
  const installed = here.filter((line) => line.startsWith("installed "));
  assert.is(components.length, installed.length + 2);
  assert.is(relationships.length, components.length);
  const purls = components.map(({ purl }: { purl: string }) => purl);
  assert.is(new Set(purls).size, purls.length);
  assert.equal(
    packages.map(
      ({ externalRefs }: { externalRefs: { referenceLocator: string }[] }) =>
        externalRefs[0]?.referenceLocator,
    ),
    purls,
  );
  assert.ok(purls.includes("pkg:deb/debian/odd@1%3A2.0%2Bb~rc1?arch=all&distro=debian-13"));
  assert.ok(
    purls.includes(
      `pkg:generic/dshield@${commit}?vcs_url=git%2Bhttps%3A%2F%2Fgithub.com%2FDShield-ISC%2Fdshield%40${commit}`,
    ),
  );
});

needs("jq")(test, "a manifest without a build fails, and one with a build prints its results", async () => {
  const built = (manifest: object) => {
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    return execute("bash", ["packer/ci/built.sh", folder]);
  };
  assert.is((await built({ builds: [] })).code, 1);
  const file = { name: "images/amd64/a.qcow2", size: 1 };
  const { code, stdout } = await built({ builds: [{ artifact_id: "VM", files: [file] }] });
  assert.is(code, 0);
  assert.is(stdout, "VM\nimages/amd64/a.qcow2\n");
  assert.match(
    (await built({ builds: [{ artifact_id: "eu-central-1:ami-1", files: null }] })).stdout,
    "ami-1",
  );
  assert.is.not((await execute("bash", ["packer/ci/built.sh", join(folder, "nowhere")])).code, 0);
});

needs("jq", "xz")(test, "Raspberry Pi Imager's list has the sizes and sums of both forms", async () => {
  mkdirSync(join(folder, "pi"));
  const image = join(folder, "pi/a.img");
  writeFileSync(image, Buffer.alloc(100_000, 3));
  const sum = execFileSync("sha256sum", [image], { encoding: "utf8" }).slice(0, 64);
  execFileSync("xz", [image]);
  const url = "https://example.org/a.img.xz";
  const words = ["packer/ci/imager-manifest.sh", `${image}.xz`, "raspios-13", url];
  const { code, stdout, stderr } = await execute("bash", words);
  assert.is(code, 0, stderr);
  const [entry] = JSON.parse(stdout).os_list;
  assert.is(entry.extract_size, 100_000);
  assert.is(entry.extract_sha256, sum);
  assert.is(entry.image_download_size, readFileSync(`${image}.xz`).length);
  assert.is(entry.name, "DShield sensor, raspios-13");
  assert.is(entry.init_format, "cloudinit-rpi");
  // It has no cloud-init.
  const older = await execute("bash", ["packer/ci/imager-manifest.sh", `${image}.xz`, "raspios-12", url]);
  assert.is(JSON.parse(older.stdout).os_list[0].init_format, "systemd");
  assert.is(entry.url, url);
});

/** Makes curl find files of GitHub, with known checksums, in a folder; the real curl fetches every other URL. */
function standIns(files: Readonly<Record<string, string | Buffer>>): void {
  for (const name of ["bin", "fetched"]) mkdirSync(join(folder, name), { recursive: true });
  const sums = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, "fetched", name), content);
    return `${createHash("sha256").update(content).digest("hex")}  ${name}\n`;
  });
  writeFileSync(join(folder, "packer-pins.sha256"), sums.join(""));
  const curl = `#!/bin/bash
    words=("$@") url="\${words[-1]}"
    [[ "$url" == https://github.com/* ]] || exec /usr/bin/curl "$@"
    while [[ $1 != --output ]]; do shift; done
    cp "${folder}/fetched/\${url##*/}" "$2"\n`;
  writeFileSync(join(folder, "bin/curl"), curl, { mode: 0o755 });
}

test.run();
