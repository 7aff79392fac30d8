import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { type SftpServer, type SftpServerOptions, startSftpServer } from "../support/sftp-server.ts";

const test = suite("cases/sftp");
const withRoot = needs("sshd", "ssh-keygen", "root");
const withKeys = needs("sshd", "sftp", "ssh-keygen", "openssl");
const archive = "s1_home_2026-11-24_03-00-00.zip";

let home: string;
test.before.each(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorbake-cases-"));
});
test.after.each(() => rm(home, { recursive: true, force: true }));

const given = (name: string) => readFile(join(packageRoot(), "test/cases", name, "sensors.yaml"), "utf8");

/** Writes the settings of a case for a server, and the private key into the file `ck`. */
async function settings(name: string, server: SftpServer): Promise<string> {
  const text = (await given(name))
    .replace("2323", String(server.port))
    .replace(/user: \w+/, `user: ${server.user}`)
    .replace(/path: [/\w]+/, `path: ${server.path}`)
    .replace(/PASTE|'ssh-ed25519 [^']*'/, server.hostKey);
  const file = join(home, "sensors.yaml");
  await writeFile(join(home, "ck"), server.privateKey, { mode: 0o600 });
  await writeFile(file, text);
  return file;
}

type Check = {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
};

async function preflight(
  file: string,
): Promise<{ readonly code: number | null; readonly checks: readonly Check[] }> {
  const { code, stdout, stderr } = await sensorbake(["preflight", file, "--format", "json"]);
  assert.is.not(stdout.length, 0, stderr);
  return { code, checks: JSON.parse(stdout.toString()).servers[0].checks };
}

const external = "Subsystem sftp /usr/lib/openssh/sftp-server";
const silent = /`ForceCommand internal-sftp`; or make the login's \.bashrc silent/;
const afterLogin: readonly (readonly [
  name: string,
  of: string,
  server: (home: string) => SftpServerOptions,
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    "a chroot that others may write to",
    "sftp-chroot-ownership",
    (home) => ({ configuration: `ForceCommand internal-sftp\nChrootDirectory ${home}/chroot` }),
    /accepts the login of root, but closes the connection immediately$/,
    /`ChrootDirectory` and every folder above it must belong to root and be writable only by root/,
  ],
  [
    "a shell that prints",
    "sftp-shell-prints",
    (home) => ({ isPlain: true, configuration: `${external}\nSetEnv HOME=${home}` }),
    /accepts the login of root, but the reply is not SFTP \(it begins with "hell"\): the login's shell prints text or refuses the login$/,
    silent,
  ],
  [
    "a shell that accepts the login of the account nobody",
    "sftp-shell-prints",
    () => ({ isPlain: true, user: "nobody", configuration: external }),
    /accepts the login of nobody, but the reply is not SFTP \(it begins with "This"\)/,
    silent,
  ],
  [
    "a command that is no SFTP",
    "sftp-shell-prints",
    () => ({ isPlain: true, configuration: `${external}\nForceCommand /bin/false` }),
    /accepts the login of root, but its program for SFTP ends with exit code 1$/,
    /`internal-sftp` always works/,
  ],
  [
    "no subsystem",
    "sftp-shell-prints",
    () => ({ isPlain: true }),
    /accepts the login of root, but offers no SFTP$/,
    /`Subsystem sftp internal-sftp`/,
  ],
];
for (const [name, of, options, message, hint] of afterLogin)
  withRoot(test, `${of}: preflight names ${name}, and the login works`, async () => {
    await mkdir(join(home, "chroot"));
    await chmod(join(home, "chroot"), 0o777);
    await writeFile(join(home, ".bashrc"), "echo hello\n");
    const server = await startSftpServer(options(home));
    try {
      const { code, checks } = await preflight(await settings(of, server));
      assert.is(code, 3);
      assert.equal(
        checks.map(({ check, status }) => `${check} ${status}`),
        [
          "resolve ok",
          "connect ok",
          "host key ok",
          "login ok",
          "sftp failed",
          ...["path", "space", "write", "read", "rename", "delete"].map((check) => `${check} skipped`),
        ],
      );
      const failed = checks.find(({ status }) => status === "failed");
      assert.match(failed?.message ?? "", message);
      assert.match(failed?.hint ?? "", hint);
    } finally {
      await server.remove();
    }
  });

withRoot(test, "known-host-sha1-rsa: known-host fails, and so does preflight", async () => {
  const server = await startSftpServer({ hostKeyType: "rsa", configuration: "HostKeyAlgorithms ssh-rsa" });
  try {
    const { code, stdout, stderr } = await sensorbake(["known-host", `127.0.0.1:${server.port}`]);
    assert.is(code, 3, stderr);
    assert.is(stdout.toString(), "");
    assert.match(
      stderr,
      /proves its RSA key only with SHA-1, which OpenSSH on the sensor refuses\n {2}= help: allow rsa-sha2-512/,
    );
    const file = await settings("sftp-shell-prints", server);
    await writeFile(file, (await readFile(file, "utf8")).replace(/host_key: [^,]*, /, ""));
    const { checks } = await preflight(file);
    assert.is(checks.find(({ status }) => status === "failed")?.check, "host key");
  } finally {
    await server.remove();
  }
});

withRoot(test, "known-host finds a key of a rarer type", async () => {
  const server = await startSftpServer({ hostKeyType: "ecdsa", hostKeyBits: 384 });
  try {
    const { code, stdout } = await sensorbake(["known-host", `127.0.0.1:${server.port}`]);
    assert.is(code, 0);
    assert.is(stdout.toString(), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
  } finally {
    await server.remove();
  }
});

const pkcs8 = (...words: readonly string[]) => ["openssl", "genpkey", ...words];
const opensshKey = (...words: readonly string[]) => ["ssh-keygen", "-q", "-N", "", ...words];
const rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const curve = (name: string) => ["-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${name}`];
const keys: readonly (readonly [name: string, command: readonly string[], refused?: RegExp])[] = [
  ["RSA in PKCS#8", pkcs8(...rsa)],
  ["ECDSA P-256 in PKCS#8", pkcs8(...curve("P-256"))],
  ["ECDSA P-384 in PKCS#8", pkcs8(...curve("P-384"))],
  ["ECDSA P-521 in PKCS#8", pkcs8(...curve("P-521"))],
  [
    "Ed25519 in PKCS#8",
    pkcs8("-algorithm", "ED25519"),
    /Ed25519 key is in PKCS#8, which Debian 12's OpenSSH cannot read/,
  ],
  ["X25519 in PKCS#8", pkcs8("-algorithm", "X25519"), /has a type that OpenSSH does not know/],
  ["ECDSA on another curve", pkcs8(...curve("secp256k1")), /use nistp256, nistp384 or nistp521/],
  ["Ed25519", opensshKey("-t", "ed25519")],
  ["RSA", opensshKey("-t", "rsa", "-b", "2048")],
  ["RSA in PKCS#1", opensshKey("-t", "rsa", "-b", "2048", "-m", "PEM")],
  ["ECDSA in SEC1", opensshKey("-t", "ecdsa", "-m", "PEM")],
];
withKeys(
  test,
  "key-pkcs8: a key that check accepts works in preflight, in collect, and in OpenSSH on the sensor",
  async () => {
    const server = await startSftpServer();
    const release = await readRelease();
    try {
      await mkdir(join(server.folder, "s1"));
      await putArchive(join(server.folder, "s1"), archive, 10);
      const yaml = await settings("key-pkcs8", server);
      const text = (await readFile(yaml, "utf8")).replace(/path: [/\w]+/, `path: ${server.path}/s1`);
      for (const [index, [name, [program = "", ...words], refused]] of keys.entries()) {
        const key = join(home, `key-${index}`);
        const made = await execute(program, [...words, program === "openssl" ? "-out" : "-f", key]);
        assert.is(made.code, 0, made.stderr);
        // A file that was copied through Windows.
        if (index % 2 === 1) await writeFile(key, (await readFile(key, "utf8")).replaceAll("\n", "\r\n"));
        await chmod(key, 0o600);
        const file = join(home, `${index}.yaml`);
        await writeFile(file, text.replace("rsa-pkcs8.pem", `key-${index}`));
        const checked = await sensorbake(["check", file, "--secrets"]);
        if (refused !== undefined) {
          assert.is(checked.code, 1, name);
          assert.match(checked.stdout.toString() + checked.stderr, refused, name);
          continue;
        }
        assert.is(checked.code, 0, `${name}: ${checked.stdout}${checked.stderr}`);

        const { sensors } = await loadSettings(file, processWorld(), { readSecrets: true });
        const [sensor] = sensors;
        if (sensor === undefined) throw new Error(`${name}: no sensor`);
        const identity = { sensor: "", target: "nocloud", sensorbake: "", settings_digest: "" };
        const laid = payload(sensor.plan, sensor.secrets, release.templates, identity).find(({ path }) =>
          path.endsWith("/secrets/transfer_key"),
        );
        if (laid === undefined) throw new Error(`${name}: the sensor gets no key`);
        const onSensor = join(home, `sensor-${index}`);
        await writeFile(onSensor, bytesOf(laid), { mode: 0o600 });
        const publicHalf = await execute("ssh-keygen", ["-y", "-P", "", "-f", onSensor]);
        assert.is(publicHalf.code, 0, `${name}: ${publicHalf.stderr}`);
        await server.authorize(publicHalf.stdout);
        const reached = await execute("sftp", [
          ...["-b", "/dev/null", "-F", "none", "-P", String(server.port), "-i", onSensor],
          ...[
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "IdentitiesOnly=yes",
          ],
          `${server.user}@127.0.0.1`,
        ]);
        assert.is(reached.code, 0, `${name}: ${reached.stderr}`);

        const { code, checks } = await preflight(file);
        assert.is(code, 0, `${name}: ${JSON.stringify(checks.find(({ status }) => status === "failed"))}`);
        const collected = await sensorbake(["collect", file, "--into", join(home, `into-${index}`)]);
        assert.is(collected.code, 0, `${name}: ${collected.stderr}`);
        assert.match(collected.stdout.toString(), /^s1 {6}1 \(/m);
      }
    } finally {
      await server.remove();
    }
  },
);

for (const [name, part] of [
  ["sftp-user-at", /sensor@example\.org/],
  ["sftp-path-blank", /\/Backup Sensors/],
] as const)
  test(`${name}: check accepts it, and explain shows it`, async () => {
    const file = join(home, "sensors.yaml");
    await writeFile(file, await given(name));
    const { code, stdout, stderr } = await sensorbake(["check", file]);
    assert.is(code, 0, `${stdout}${stderr}`);
    assert.match((await sensorbake(["explain", file])).stdout.toString(), part);
  });

for (const [name, path] of [
  ["blanks and brackets", "/Backup Sensors (2)"],
  ["an umlaut and a quote", "/Größe d'or & #1"],
] as const)
  withRoot(test, `sftp-path-blank: preflight and collect work with ${name}`, async () => {
    const server = await startSftpServer();
    try {
      const text = (await given("sftp-path-blank"))
        .replace("host: nas.example.org", `host: 127.0.0.1, port: ${server.port}`)
        .replace("user: sensor", `user: ${server.user}`)
        .replace("/Backup Sensors", JSON.stringify(`${server.path}${path}`))
        .replace("generate_key: true", "private_key: {file: ck}")
        .replace(/'ssh-ed25519 [^']*'/, server.hostKey);
      const file = join(home, "sensors.yaml");
      await writeFile(join(home, "ck"), server.privateKey, { mode: 0o600 });
      await writeFile(file, text);
      const { code, checks } = await preflight(file);
      assert.is(code, 0, JSON.stringify(checks));
      await putArchive(`${server.folder}${path}`, archive, 10);
      const collected = await sensorbake(["collect", file, "--into", join(home, "into")]);
      assert.is(collected.code, 0, collected.stderr);
      assert.match(collected.stdout.toString(), /^s1 {6}1 \(/m);
    } finally {
      await server.remove();
    }
  });

test.run();
