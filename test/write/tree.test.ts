import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Artifact } from "../../src/artifacts/artifact.ts";
import { outsideFailure } from "../../src/diagnostics/outside-failure.ts";
import { compareTree } from "../../src/write/compare.ts";
import { checkIsOurs, markerFile, replaceTree } from "../../src/write/tree.ts";

const test = suite("write/tree");
const never = new AbortController().signal;
const first: readonly Artifact[] = [
  { path: "a/user-data", mode: 0o600, content: "secret" },
  { path: "a/meta-data", mode: 0o644, content: "1" },
  markerFile,
];
const second: readonly Artifact[] = [
  { path: "b/user-data", mode: 0o600, content: new Uint8Array([0, 255]) },
  markerFile,
];

let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-tree-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

test("writes bytes and modes, whatever the umask is", async () => {
  const before = process.umask(0o077);
  try {
    await replaceTree(join(folder, "out"), first, never);
  } finally {
    process.umask(before);
  }
  assert.is(readFileSync(join(folder, "out/a/user-data"), "utf8"), "secret");
  assert.is(statSync(join(folder, "out/a/user-data")).mode & 0o777, 0o600);
  assert.is(statSync(join(folder, "out/a/meta-data")).mode & 0o777, 0o644);
});

test("replaces the whole tree: files that are no longer written are removed", async () => {
  await replaceTree(join(folder, "out"), first, never);
  await replaceTree(join(folder, "out"), second, never);
  assert.equal(readdirSync(join(folder, "out")).sort(), [".sensorbake", "b"]);
  assert.equal(readdirSync(folder), ["out"]);
});

test("keeps other output in the tree, also after an interruption", async () => {
  const out = join(folder, "out");
  await replaceTree(out, first, never);
  await replaceTree(join(out, "packer"), second, never);
  await replaceTree(out, second, never);
  assert.equal(readdirSync(out).sort(), [".sensorbake", "b", "packer"]);
  assert.equal(await compareTree(out, second), []);
  assert.equal(await compareTree(join(out, "packer"), second), []);
  // As if the run had been killed before it moved the other output.
  const old = join(folder, ".out.sensorbake-old");
  mkdirSync(old);
  renameSync(join(out, "packer"), join(old, "packer"));
  await replaceTree(out, first, never);
  assert.equal(readdirSync(out).sort(), [".sensorbake", "a", "packer"]);
  assert.equal(readdirSync(folder), ["out"]);
});

test("leaves the old tree when a file cannot be compiled, and nothing beside it", async () => {
  await replaceTree(join(folder, "out"), first, never);
  function* broken(): Iterable<Artifact> {
    yield { path: "b/x", mode: 0o644, content: "x" };
    throw new Error("broken");
  }
  await replaceTree(join(folder, "out"), broken(), never).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(await compareTree(join(folder, "out"), first), []);
  assert.equal(readdirSync(folder), ["out"]);
});

test("leaves the old tree when it is interrupted, and nothing beside it", async () => {
  await replaceTree(join(folder, "out"), first, never);
  const stop = new AbortController();
  function* interrupted(): Iterable<Artifact> {
    yield { path: "b/x", mode: 0o644, content: "x" };
    stop.abort();
    yield { path: "b/y", mode: 0o644, content: "y" };
  }
  await replaceTree(join(folder, "out"), interrupted(), stop.signal).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(await compareTree(join(folder, "out"), first), []);
  assert.equal(readdirSync(folder), ["out"]);
});

// Several batches: another thread writes them.
const large: readonly Artifact[] = Array.from({ length: 300 }, (_, index) => ({
  path: `sensor-${index}/user-data`,
  mode: 0o600,
  content: `${index}\n`.repeat(20_000),
}));

test("writes a large tree like a small one", async () => {
  await replaceTree(join(folder, "out"), [...large, markerFile], never);
  assert.equal(await compareTree(join(folder, "out"), [...large, markerFile]), []);
});

test("writes a file's parts one after another", async () => {
  const parts = [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])];
  await replaceTree(
    join(folder, "out"),
    [{ path: "a/user-data", mode: 0o600, content: new Uint8Array([1, 2, 3]), parts }],
    never,
  );
  assert.equal([...readFileSync(join(folder, "out/a/user-data"))], [1, 2, 3]);
});

test("reports a file of which the disk takes only a part", () => {
  const module = JSON.stringify(new URL("../../src/write/write-files.js", import.meta.url).href);
  const program = `import { writeFiles } from ${module};
    writeFiles(${JSON.stringify(folder)}, [{ path: "file", mode: 0o600, parts: [new Uint8Array(1 << 16)] }]);`;
  // The kernel takes 4 KiB of the file.
  const limited = 'trap "" XFSZ; ulimit -f 4; exec "$@"';
  const words = [process.execPath, "--input-type=module", "--eval", program];
  const { status, stderr } = spawnSync("bash", ["-c", limited, "bash", ...words], { encoding: "utf8" });
  assert.is(status, 1);
  assert.match(stderr, /EFBIG/);
  assert.is(statSync(join(folder, "file")).size, 4096);
});

test("leaves the old tree when a file of a large one cannot be written, and names it", async () => {
  await replaceTree(join(folder, "out"), first, never);
  const twice = [
    ...large,
    ...large.slice(0, 1),
    ...large.slice(1).map((file) => ({ ...file, path: `b/${file.path}` })),
  ];
  await replaceTree(join(folder, "out"), twice, never).then(
    () => assert.unreachable(),
    (error: NodeJS.ErrnoException) => {
      assert.is(error.code, "EEXIST");
      assert.match(String(outsideFailure(error)?.message), /sensor-0\/user-data/);
    },
  );
  assert.equal(await compareTree(join(folder, "out"), first), []);
  assert.equal(readdirSync(folder), ["out"]);
});

test("leaves the old tree when a large one is interrupted", async () => {
  await replaceTree(join(folder, "out"), first, never);
  const stop = new AbortController();
  function* interrupted(): Iterable<Artifact> {
    yield* large;
    stop.abort();
    yield markerFile;
  }
  await replaceTree(join(folder, "out"), interrupted(), stop.signal).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(await compareTree(join(folder, "out"), first), []);
  assert.equal(readdirSync(folder), ["out"]);
});

test("puts back the old tree after a cut between the two renames", async () => {
  await replaceTree(join(folder, ".out.sensorbake-old"), first, never);
  await replaceTree(join(folder, "out"), failing(), never).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(await compareTree(join(folder, "out"), first), []);
});

test("clears the half-written tree of a run that was killed", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((done) => child.once("close", done));
  mkdirSync(join(folder, `.out.sensorbake-new-${child.pid}`));
  await replaceTree(join(folder, "out"), first, never);
  assert.equal(readdirSync(folder), ["out"]);
});

test("leaves the half-written tree of a run that is still alive", async () => {
  const other = `.out.sensorbake-new-${process.ppid}`;
  mkdirSync(join(folder, other));
  await replaceTree(join(folder, "out"), first, never);
  assert.ok(existsSync(join(folder, other)));
});

test("accepts a folder that is absent, empty or ours", async () => {
  await checkIsOurs(join(folder, "absent"));
  await checkIsOurs(folder);
  await replaceTree(join(folder, "out"), first, never);
  await checkIsOurs(join(folder, "out"));
});

test("refuses a folder that holds something else, and a file", async () => {
  writeFileSync(join(folder, "thesis.txt"), "");
  await checkIsOurs(folder).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /not made by sensorbake/),
  );
  await checkIsOurs(join(folder, "thesis.txt")).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /not a folder/),
  );
});

test("reports missing, changed and stale files, and changed modes", async () => {
  const out = join(folder, "out");
  await replaceTree(out, first, never);
  assert.equal(await compareTree(out, first), []);
  chmodSync(join(out, "a/user-data"), 0o644);
  writeFileSync(join(out, "a/meta-data"), "2");
  writeFileSync(join(out, "a/extra"), "");
  const wanted = [...first, { path: "a/new", mode: 0o644, content: "" }];
  assert.equal(await compareTree(out, wanted), [
    { path: "a/extra", what: "stale" },
    { path: "a/meta-data", what: "changed" },
    { path: "a/new", what: "missing" },
    { path: "a/user-data", what: "mode" },
  ]);
});

// biome-ignore lint/correctness/useYield: it fails before it has anything
function* failing(): Iterable<Artifact> {
  throw new Error("broken");
}

test.run();
