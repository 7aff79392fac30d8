import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { runSsh, runSshOnceUp, type SshOptions, sshFailure } from "../../src/machines/ssh.ts";
import { sensorSsh } from "../support/sensor-ssh.ts";
import { type SftpServer, startSftpServer } from "../support/sftp-server.ts";

const test = suite<{ server: SftpServer; folder: string; path: string | undefined }>("machines/ssh");

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), "sensorbake-ssh-"));
  context.path = process.env.PATH;
  context.server = await startSftpServer({ isPlain: true });
});
test.before.each(async ({ folder, server }) => {
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
  await sensorSsh(folder, { keyFile: server.privateKeyFile });
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
});
test.after.each((context) => {
  process.env.PATH = context.path;
});
test.after(async ({ server, folder }) => {
  await server.remove();
  await rm(folder, { recursive: true });
});

const options = (more: Partial<SshOptions> = {}): SshOptions => ({
  signal: new AbortController().signal,
  seconds: 20,
  ...more,
});
const at = ({ user, port }: SftpServer) => ({ user, address: "127.0.0.1", port });

test("passes bytes to the command and returns its output and exit code", async ({ server }) => {
  const input = Buffer.from([0, 255, 10, 0]);
  const command = ["cat;", "echo", "why", ">&2;", "exit", "7"];
  const { code, stdout, stderr } = await runSsh(at(server), command, options({ input }));
  assert.is(code, 7);
  assert.equal(stdout, input);
  assert.match(stderr, /why\n$/);
});

test("keeps the last 4,000 characters of standard error", async ({ server }) => {
  const { stderr } = await runSsh(at(server), ["seq", "10000", ">&2"], options());
  assert.is(stderr.length, 4000);
  assert.match(stderr, /\n10000\n$/);
});

test("logs in with given files instead of the user's configuration", async ({ server, folder }) => {
  await writeFile(join(folder, "ssh"), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
  const identity = { key: "/trial/key", knownHosts: "/trial/known_hosts" };
  const { stdout } = await runSsh({ ...at(server), identity }, ["true"], options());
  assert.match(
    stdout.toString(),
    /^-F none -i \/trial\/key .*UserKnownHostsFile=\/trial\/known_hosts -o StrictHostKeyChecking=yes -p/,
  );
  assert.not.match((await runSsh(at(server), ["true"], options())).stdout.toString(), /-F|known_hosts/i);
});

const endless: readonly (readonly [string, readonly string[], Partial<SshOptions>, RegExp])[] = [
  [
    "prints without end",
    ["cat", "/dev/zero"],
    { maxBytes: 1000 },
    /^127\.0\.0\.1 sent more than 1000 bytes$/,
  ],
  ["prints without end, without a given limit", ["cat", "/dev/zero"], {}, /sent more than 1048576 bytes$/],
  ["never ends", ["sleep", "60"], { seconds: 2 }, /^127\.0\.0\.1 did not finish within 2 s$/],
  ["never ends, in a batch", ["sleep", "60"], { seconds: 2, isBatch: true }, /did not finish within 2 s$/],
];
for (const [name, command, limits, message] of endless)
  test(`gives up a command that ${name}`, async ({ server }) => {
    const started = Date.now();
    const error = await failureOf(runSsh(at(server), command, options(limits)));
    assert.instance(error, OutsideError);
    assert.match((error as Error).message, message);
    assert.ok(Date.now() - started < 15_000);
  });

test("ends when the signal is aborted", async ({ server }) => {
  const error = await failureOf(
    runSsh(at(server), ["sleep", "60"], options({ signal: AbortSignal.timeout(500) })),
  );
  assert.is((error as Error).name, "TimeoutError");
});

for (const isBatch of [false, true])
  test(`ends an ssh that ignores signals${isBatch ? ", in a batch" : ""}`, async ({ server, folder }) => {
    await writeFile(join(folder, "ssh"), "#!/bin/sh\ntrap '' TERM\nsleep 60\nsleep 60\n");
    const error = await failureOf(runSsh(at(server), ["true"], options({ seconds: 0.3, isBatch })));
    assert.match((error as Error).message, "did not finish within 0.3 s");
  });

test("asks for a new connection and no questions only when told, and never forwards the agent", async ({
  server,
  folder,
}) => {
  await writeFile(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${join(folder, "words")}\n`);
  await chmod(join(folder, "ssh"), 0o755);
  const words = async (more: Partial<SshOptions>) => {
    await runSsh(at(server), ["true"], options(more));
    const used = (await readFile(join(folder, "words"), "utf8")).split("\n");
    // ssh takes the first value of an option, before the user's configuration.
    assert.is(used[used.findIndex((word) => word.startsWith("ForwardAgent"))], "ForwardAgent=no");
    return used;
  };
  const special = ["BatchMode=yes", "ControlMaster=no", "ControlPath=none"];
  const plain = await words({});
  assert.equal(
    special.filter((word) => plain.includes(word)),
    [],
  );
  const both = await words({ isBatch: true, isNewConnection: true });
  assert.equal(
    special.filter((word) => both.includes(word)),
    special,
  );
});

test("says once why it waits for a machine, and for how long", async ({ server }) => {
  const said: string[] = [];
  const nowhere = { ...at(server), port: 1 };
  const result = await runSshOnceUp(nowhere, ["true"], options(), 1, (text) => said.push(text));
  assert.is(result.code, 255);
  assert.equal(said, [
    "ssh: connect to host 127.0.0.1 port 1: Connection refused; retrying for up to 1 s, because the machine may still be starting",
  ]);
});

test("names an unknown and a changed host key", async ({ server, folder }) => {
  const reason = async () => {
    const result = await runSsh(at(server), ["true"], options({ isBatch: true }));
    assert.is(result.code, 255);
    return sshFailure(at(server), result);
  };
  await writeFile(join(folder, "known_hosts"), "");
  assert.is((await reason()).message, "ssh does not know the machine's host key");
  const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl6C1gYWvHLLYvGWZyFC4oJgCO3ZSqmlFFLAb0bZ4xQ";
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${other}\n`);
  const changed = await reason();
  assert.is(changed.message, "the machine's host key differs from the one in known_hosts");
  assert.match(changed.hint ?? "", /ssh-keygen -R/);
});

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.unreachable("it must fail"),
    (error: unknown) => error,
  );
}

test.run();
