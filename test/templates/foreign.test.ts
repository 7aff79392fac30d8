import { chmod, chown, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite<{ folder: string }>("foreign.py");
const someUser = 12345;

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), "sensorbake-foreign-"));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

const open = `
def attempt(folder, name):
    try:
        descriptor, status = foreign.open_file(foreign.open_directory(root + folder), name)
        return os.read(descriptor, 100).decode()
    except foreign.Refused as refused:
        return str(refused)
`;

test("reads a regular file", async ({ folder }) => {
  await writeFile(join(folder, "log"), "text");
  assert.is(await python(folder, `${open}\nanswer(attempt("", "log"))`), "text");
});

test("refuses a symlink, a FIFO and a folder in the place of a file, without waiting", async ({ folder }) => {
  await writeFile(join(folder, "secret"), "secret");
  await symlink("secret", join(folder, "link"));
  await mkdir(join(folder, "folder"));
  await execute("mkfifo", [join(folder, "fifo")]);
  const answers = await python(
    folder,
    `${open}\nanswer([attempt("", x) for x in ("link", "fifo", "folder", "none")])`,
  );
  assert.equal(answers, [
    "a symlink",
    "not a regular file",
    "not a regular file",
    "No such file or directory",
  ]);
});

const asRoot = needs("root");

asRoot(test, "follows a symlink to a folder only where root alone can place one", async ({ folder }) => {
  await mkdir(join(folder, "mine/real"), { recursive: true });
  await mkdir(join(folder, "theirs"));
  await writeFile(join(folder, "mine/real/log"), "text");
  await symlink("mine/real", join(folder, "link"));
  await symlink("../mine/real", join(folder, "theirs/link"));
  await symlink("/etc", join(folder, "theirs/absolute"));
  await symlink("loop", join(folder, "loop"));
  await chown(join(folder, "theirs"), someUser, someUser);
  const refused = "a symlink or file takes the place of a directory";
  const answers = await python(
    folder,
    `${open}\nanswer([attempt(x, "log") for x in ("/link", "/theirs/link", "/theirs/absolute", "/loop", "/mine/real/log")])`,
  );
  assert.equal(answers, ["text", refused, refused, refused, "a file takes the place of a directory"]);
});

asRoot(test, "refuses a hard link to a file of another user", async ({ folder }) => {
  await mkdir(join(folder, "theirs"));
  await chown(join(folder, "theirs"), someUser, someUser);
  await writeFile(join(folder, "secret"), "secret");
  await link(join(folder, "secret"), join(folder, "theirs/log"));
  await link(join(folder, "secret"), join(folder, "same owner"));
  const answers = await python(
    folder,
    `${open}\nanswer([attempt("/theirs", "log"), attempt("", "same owner")])`,
  );
  assert.equal(answers, ["a hard link to a file of another user", "secret"]);
});

asRoot(test, "refuses a hard link where several users can place one", async ({ folder }) => {
  await writeFile(join(folder, "secret"), "secret");
  for (const [name, mode] of [
    ["sticky", 0o1777],
    ["group", 0o770],
  ] as const) {
    await mkdir(join(folder, name));
    await chmod(join(folder, name), mode);
    await link(join(folder, "secret"), join(folder, name, "log"));
  }
  const answers = await python(folder, `${open}\nanswer([attempt(x, "log") for x in ("/sticky", "/group")])`);
  assert.equal(answers, Array(2).fill("a hard link to a file of another user"));
});

test("prints the beginning of a file for scripts, and refuses as it does for programs", async ({
  folder,
}) => {
  await writeFile(join(folder, "log"), "text\n");
  await symlink("log", join(folder, "link"));
  const print = (name: string) =>
    execute("python3", ["-I", "templates/usr/local/lib/honeypot/foreign.py", join(folder, name)]);
  assert.equal(await print("log"), { code: 0, stdout: "text\n", stderr: "" });
  assert.equal(await print("link"), { code: 1, stdout: "", stderr: `${folder}/link: a symlink\n` });
});

const walk = `
def walk(at_most, enter=lambda path, descriptor: True):
    refused = []
    found = [path for path, _, _, _ in foreign.walk(
        foreign.open_directory(root), at_most, lambda path, reason: refused.append(path[:20] + ": " + reason), enter)]
    return [found, refused, len(os.listdir("/proc/self/fd"))]
`;

test("walks through a tree in order, and closes all descriptors", async ({ folder }) => {
  await mkdir(join(folder, "b/c"), { recursive: true });
  await mkdir(join(folder, "pruned"));
  for (const path of ["a", "b/1", "b/c/2", "b/d", "pruned/x", "z"]) await writeFile(join(folder, path), "");
  await symlink("/etc", join(folder, "e"));
  const program = `${walk}\nbefore = walk(100)\nanswer([walk(100, lambda path, _: path != "pruned"), before[2] + 1])`;
  const [[found, refused, descriptors], expected] = (await python(folder, program)) as [
    [string[], string[], number],
    number,
  ];
  assert.equal(found, ["a", "b/1", "b/c/2", "b/d", "e", "z"]);
  assert.equal(refused, []);
  assert.is(descriptors, expected);
});

test("stops at too many entries, and reports it once", async ({ folder }) => {
  for (const path of ["a", "b", "c"]) {
    await mkdir(join(folder, path));
    for (const name of ["1", "2", "3"]) await writeFile(join(folder, path, name), "");
  }
  const [found, refused] = (await python(folder, `${walk}\nanswer(walk(5))`)) as string[][];
  assert.is(found?.length, 2);
  assert.equal(refused, ["a: more than 5 entries"]);
});

test("does not run out of descriptors in a tree that is a thousand folders deep", async ({ folder }) => {
  const program = `
top = os.open(root, os.O_RDONLY)
for _ in range(1500):
    os.mkdir("d", dir_fd=top)
    below = os.open("d", os.O_RDONLY, dir_fd=top)
    os.close(top)
    top = below
${walk}
answer(walk(9999)[:2])`;
  assert.equal(await python(folder, program), [[], ["d/d/d/d/d/d/d/d/d/d/: more than 64 directories deep"]]);
});

test("reads the last line of a file with a hole of terabytes", async ({ folder }) => {
  const file = join(folder, "log");
  await truncate(await written(file, ""), 8e12).catch(() => truncate(file, 1e12));
  await execute("bash", ["-c", 'printf "\\nlast\\n" >>"$1"', "_", file]);
  const program =
    'answer(foreign.last_line(foreign.open_file(foreign.open_directory(root), "log")[0]).decode())';
  assert.is(await python(folder, program), "last");
});

const texts: readonly (readonly [name: string, given: string, want: string])[] = [
  ["keeps printable ASCII", 'b"a b~"', "a b~"],
  ["escapes control characters", 'b"a\\x1b[31m\\n"', "a\\x1b[31m\\x0a"],
  ["escapes bytes that are no UTF-8", 'os.fsdecode(b"\\xff\\xc3\\xa9")', "\\xff\\xc3\\xa9"],
  ["escapes no text twice", 'foreign.printable(b"\\x1b")', "\\x1b"],
  ["cuts long text", 'b"x" * 300', `${"x".repeat(197)}...`],
  ["cuts text that gets long by its escapes", 'b"\\n" * 100', `${"\\x0a".repeat(49)}\\...`],
];
for (const [name, given, want] of texts)
  test(`printable ${name}`, async ({ folder }) => {
    assert.is(await python(folder, `answer(foreign.printable(${given}))`), want);
  });

test("notes have one finding per line, are limited, and are removed if there are none", async ({
  folder,
}) => {
  const program = `
path = root + "/x.notes"
foreign.put_notes(path, ["one\\ntwo", "three"] + ["more"] * 60)
first = [open(path).read().split("\\n"), oct(os.stat(path).st_mode & 0o777), os.listdir(root)]
before = os.stat(path).st_ino
foreign.put_notes(path, ["one\\ntwo", "three"] + ["more"] * 60)
first.append(os.stat(path).st_ino == before)
foreign.put_notes(path, [])
foreign.put_notes(path, [])
answer([first, os.listdir(root)])`;
  const [[lines, mode, files, isSame], left] = (await python(folder, program)) as [
    [string[], string, string[], boolean],
    string[],
  ];
  assert.equal([lines.length, lines[0], lines[50]], [52, "one\\x0atwo", "and 12 more"]);
  assert.equal([mode, files, isSame, left], ["0o644", ["x.notes"], true, []]);
});

test.run();

/** The output of a program that has imported foreign.py; `root` is the folder. */
async function python(folder: string, program: string): Promise<unknown> {
  const prelude = `
import json, os, sys
sys.path.insert(0, sys.argv[1])
import foreign
root = sys.argv[2]
def answer(value):
    print(json.dumps(value))
`;
  const library = resolve("templates/usr/local/lib/honeypot");
  const words = ["-IB", "-c", prelude + program, library, folder];
  const { code, stdout, stderr } = await execute("python3", words, process.env, 60);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function written(file: string, content: string): Promise<string> {
  await writeFile(file, content);
  return file;
}
