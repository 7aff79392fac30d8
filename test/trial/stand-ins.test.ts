import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { promisify } from "node:util";
import ssh2, { type SFTPWrapper } from "ssh2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Plan } from "../../src/plan/plan.ts";
import { factsOf, type SecretName } from "../../src/plan/secrets.ts";
import { reportJson } from "../../src/trial/report/render-json.ts";
import { renderPage } from "../../src/trial/report/render-page.ts";
import { renderText } from "../../src/trial/report/render-text.ts";
import type { TrialReport } from "../../src/trial/report/trial-report.ts";
import type { TrialSources } from "../../src/trial/sources.ts";
import { countryDatabase } from "../../src/trial/stand-ins/country-database.ts";
import { harmlessSecrets } from "../../src/trial/stand-ins/harmless-secrets.ts";
import { openStandIns, type StandIns } from "../../src/trial/stand-ins/open.ts";
import { recorder, sentFromNow } from "../../src/trial/stand-ins/stand-in.ts";
import { planOf } from "../support/example-plan.ts";
import { healthUnderTest } from "../support/health-under-test.ts";
import { ed25519HostKey, ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { backups, first, make, prepareTransfer, root, second, transfer } from "../support/transfer-sensor.ts";

// The stand-ins against the programs that a sensor has: curl, sftp, transfer.sh and health.py.

const test = suite("trial/stand-ins");
prepareTransfer(test);

/** Ports of this machine whose connections go to the stand-ins, as those of a trial's gateway do. */
type Doors = { readonly ports: readonly number[]; readonly lead: (standIns: StandIns) => void };

let servers: Server[] = [];
let folders: string[] = [];
test.after.each(async () => {
  for (const server of servers) server.close();
  for (const folder of folders) await rm(folder, { recursive: true });
  [servers, folders] = [[], []];
});

async function doors(count: number): Promise<Doors> {
  let lead: (socket: Socket, port: number) => void = (socket) => socket.destroy();
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer((socket) => lead(socket, (server.address() as AddressInfo).port));
      servers.push(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  return {
    ports: opened,
    lead: (standIns) => {
      lead = (socket, port) => {
        socket.on("error", () => {});
        const found = standIns.all.find((one) => one.port === port);
        // The gateway's connections are streams, and no sockets.
        if (found === undefined) socket.destroy();
        else found.serve(Duplex.from({ readable: socket, writable: socket }));
      };
    },
  };
}

async function open(
  plan: Plan,
  realSecrets?: ReadonlyMap<string, string>,
  sources?: TrialSources,
): Promise<StandIns & StandIns["sensors"][number]> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-stand-ins-"));
  folders.push(folder);
  const standIns = await openStandIns([{ plan, realSecrets }], { folder, sources });
  const [sensor] = standIns.sensors;
  if (sensor === undefined) throw new Error("there is no sensor");
  return { ...standIns, ...sensor };
}

const base = {
  name: "fra-vps",
  target: "nocloud",
  admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
};
const withTransfer = (port: number) =>
  planOf({
    ...base,
    transfer: {
      host: "127.0.0.1",
      port,
      user: "sensor",
      path: "/srv/backups/{sensor}",
      host_key: ed25519HostKey,
      generate_key: true,
    },
  });

needs(
  "sftp",
  "ssh-keygen",
  "sshd",
  "openssl",
)(
  test,
  "transfer.sh sends archives to the stand-in with the plan's new host key, and a second run sends none",
  async () => {
    const { ports, lead } = await doors(1);
    const [port = 0] = ports;
    const standIns = await open(await withTransfer(port));
    lead(standIns);
    await make(first, 200_000);
    await make(second, 10);
    const { transfer: planned } = standIns.plan;
    await root.configure({
      TRANSFER_HOST: "127.0.0.1",
      TRANSFER_PORT: String(port),
      TRANSFER_USER: "sensor",
      TRANSFER_PATH: planned?.path ?? "",
      TRANSFER_LIMIT_KBIT: "0",
      TRANSFER_KEEP_DAYS: "0",
    });
    await root.write("etc/honeypot/known_hosts", `backup-server ${planned?.hostKeys[0]}\n`);
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal(
      standIns
        .sent()
        .map(({ kind, what, name, bytes }) => `${kind} ${what} ${name} ${bytes}`)
        .filter((line) => !line.includes("sha256")),
      [`backup server file ${first} 200000`, `backup server file ${second} 10`],
    );
    const count = standIns.sent().length;
    assert.is(count, 4);
    const again = await transfer();
    assert.is(again.code, 0, again.stderr);
    assert.is(standIns.sent().length, count);
    // The ledger is what the sensor remembers; without it, it looks at the server.
    await execute("rm", [root.path("var/lib/honeypot/state/transferred")]);
    assert.is((await transfer()).code, 0);
    assert.is(standIns.sent().length, count);
    assert.equal((await readdir(root.path(backups))).includes("damaged"), false);
  },
);

needs("sftp", "ssh-keygen", "openssl")(
  test,
  "the stand-in for the backup server writes only numbered files into its folder, whatever a client names",
  async () => {
    const { ports, lead } = await doors(1);
    const [port = 0] = ports;
    const standIns = await open(await withTransfer(port));
    lead(standIns);
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-client-"));
    folders.push(folder);
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
    await writeFile(join(folder, "x"), "content");
    const commands = [
      `put ${folder}/x ../../../../tmp/sensorbake-escape`,
      `put ${folder}/x part`,
      "rename part whole",
      "-rename whole /tmp/sensorbake-escape",
      `get whole ${folder}/back`,
      "-rm missing",
      "ls -l /",
    ];
    await writeFile(join(folder, "batch"), `${commands.join("\n")}\n`);
    const words = ["-b", join(folder, "batch"), "-F", "none", "-P", String(port), "-i", join(folder, "key")];
    const quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    const { code, stdout, stderr } = await execute("sftp", [...words, ...quiet, "any@127.0.0.1"]);
    assert.is(code, 0, stderr);
    assert.match(stdout, /whole/);
    assert.is((await execute("cat", [join(folder, "back")])).stdout, "content");
    assert.equal((await readdir(folders[0] ?? "")).sort(), ["1", "2"]);
    assert.is((await execute("ls", ["/tmp/sensorbake-escape"])).code, 2);
    // A password, or nobody's key, is not let in.
    const { stderr: refused } = await execute("sftp", [
      ...["-b", join(folder, "batch"), "-F", "none", "-P", String(port), "-o", "PubkeyAuthentication=no"],
      ...[...quiet, "any@127.0.0.1"],
    ]);
    assert.match(refused, "Permission denied (publickey)");
  },
);

needs("curl", "openssl")(test, "curl trusts the web stand-ins by the certificate that is added", async () => {
  const { ports, lead } = await doors(2);
  const [secure = 0, plain = 0] = ports;
  const plan = await planOf({
    ...base,
    notify: { heartbeat: { url: { env: "BEAT" } }, webhook: { url: { env: "HOOK" } } },
  });
  const standIns = await open(
    plan,
    new Map([
      ["backup.password", "x"],
      ["notify.heartbeat.url", `https://127.0.0.1:${secure}/beat/secret`],
      ["notify.webhook.url", `http://127.0.0.1:${plain}/hook`],
    ]),
  );
  lead(standIns);
  const [certificate] = standIns.additions.files;
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-client-"));
  folders.push(folder);
  await writeFile(join(folder, "ca.pem"), certificate?.content ?? "");
  const curl = (...words: readonly string[]) => execute("curl", ["--silent", "--fail", ...words]);
  const trusted = ["--cacert", join(folder, "ca.pem")];
  assert.is((await curl(`https://127.0.0.1:${secure}/beat/secret`)).code, 60);
  assert.is((await curl(...trusted, `https://127.0.0.1:${secure}/beat/secret`)).stdout, "ok\n");
  assert.is((await curl("--data", "text", `http://127.0.0.1:${plain}/hook`)).code, 0);
  const other = await curl("--header", "Host: \u009b.example", `http://127.0.0.1:${plain}/other`);
  assert.is(other.code, 0);
  assert.equal(
    standIns.sent().map(({ what, bytes, text }) => `${what} ${bytes} ${text}`),
    ["heartbeat 0 ", "webhook 4 text", "request 0 "],
  );
  assert.is(standIns.sent()[2]?.to, `another name:${plain}`);
  assert.is(standIns.secrets.get("notify.heartbeat.url"), `https://127.0.0.1:${secure}/beat/secret`);
});

needs("curl", "openssl")(
  test,
  "no part of a secret is in the report or on the command line of openssl, with real secrets too",
  async () => {
    const { ports, lead } = await doors(1);
    const [port = 0] = ports;
    const url = `http://canary-host.example.org:${port}/canary-path`;
    const plan = await planOf({ ...base, notify: { webhook: { url: { env: "HOOK" } } } });
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-openssl-"));
    folders.push(folder);
    const openssl = (await execute("sh", ["-c", "command -v openssl"])).stdout.trim();
    const words = `#!/bin/sh\nprintf '%s\\n' "$@" >${folder}/words\nexec ${openssl} "$@"\n`;
    await writeFile(join(folder, "openssl"), words, { mode: 0o755 });
    const before = process.env.PATH;
    process.env.PATH = `${folder}:${before}`;
    const standIns = await open(
      plan,
      new Map([
        ["backup.password", "canary-password"],
        ["notify.webhook.url", url],
      ]),
    ).finally(() => {
      process.env.PATH = before;
    });
    lead(standIns);
    for (const path of ["canary-path", "canary-other"]) {
      const sent = await execute("curl", [
        ...[
          "--silent",
          "--fail",
          "--data",
          "canary-text",
          "--header",
          `Host: canary-host.example.org:${port}`,
        ],
        `http://127.0.0.1:${port}/${path}`,
      ]);
      assert.is(sent.code, 0);
    }
    assert.equal(
      standIns.sent().map(({ what, to }) => `${what}, ${to}`),
      ["webhook, the server of notify.webhook", `request, another name:${port}`],
    );
    const report: TrialReport = {
      ...{ sensor: "fra-vps", target: "nocloud", os: "debian-13", version: "0.1.0", steps: [] },
      result: { observations: [], attacks: [], isComplete: true },
      changed: undefined,
      sent: standIns.sent(),
      additions: standIns.additions.reasons,
    };
    const shown = [
      renderText(report, { width: undefined, color: false }),
      JSON.stringify(reportJson(report)),
      renderPage(report, new Date(0)),
      await readFile(join(folder, "words"), "utf8"),
    ];
    for (const text of shown) {
      assert.match(text, /webhook|cert\.pem/);
      assert.not.match(text, "canary");
    }
    // Without the real ones, the sensor gets none of them.
    const { secrets, additions } = await open(plan);
    const replaces = ({ what }: { readonly what: string }) => what === "the secrets";
    assert.ok(additions.reasons.some(replaces));
    assert.not(standIns.additions.reasons.some(replaces));
    assert.equal([...secrets.keys()].sort(), ["backup.password", "notify.webhook.url"]);
    assert.not.match([...secrets.values()].join("\n"), "canary");
  },
);

test("the stand-ins are those of both settings, and share the host key of a backup server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-stand-ins-"));
  folders.push(folder);
  const notify = { heartbeat: { url: { env: "BEAT" } } };
  const after = { ...(await withTransfer(2222)), notify: (await planOf({ ...base, notify })).notify };
  const { all, sensors, additions } = await openStandIns(
    [await withTransfer(22), after].map((plan) => ({ plan, realSecrets: undefined })),
    { folder, sources: undefined },
  );
  const servers = all.map(({ names, port }) => `${names}:${port}`);
  assert.equal(servers, ["127.0.0.1:22", "127.0.0.1:2222", "heartbeat.trial.example:443"]);
  assert.equal(sensors[0]?.plan.transfer?.hostKeys, sensors[1]?.plan.transfer?.hostKeys);
  assert.equal(
    [sensors[0]?.secrets.has("notify.heartbeat.url"), sensors[1]?.secrets.has("notify.heartbeat.url")],
    [false, true],
  );
  assert.equal(
    additions.files.map(({ path }) => path),
    ["/usr/local/share/ca-certificates/sensorbake-try.crt"],
  );
});

needs("openssl")(test, "the sensor trusts the certificate in the bundle and in the folder", async () => {
  const standIns = await open(await planOf({ ...base, notify: { heartbeat: { url: { env: "BEAT" } } } }));
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-certificates-"));
  folders.push(folder);
  const [file] = standIns.additions.files;
  await writeFile(join(folder, "cert.crt"), file?.content ?? "");
  await writeFile(join(folder, "ca-certificates.crt"), "# others\n");
  const [[program = "", ...words] = []] = standIns.additions.commands;
  const here = words.map((word) =>
    word.replaceAll("/etc/ssl/certs", folder).replace(file?.path ?? "", join(folder, "cert.crt")),
  );
  assert.is((await execute(program, here)).code, 0);
  assert.is(await readFile(join(folder, "ca-certificates.crt"), "utf8"), `# others\n${file?.content}`);
  const verify = ["verify", "-no-CAfile", "-no-CAstore", "-CApath", folder, join(folder, "cert.crt")];
  const { code, stdout } = await execute("openssl", verify);
  assert.is(code, 0, stdout);
  const elsewhere = verify.map((word) => (word === folder ? "/nonexistent" : word));
  assert.is.not((await execute("openssl", elsewhere)).code, 0);
});

needs("curl", "openssl")(test, "DShield's services answer as its installer and its agent need", async () => {
  const plan = await planOf({
    ...base,
    dshield: { install: true, email: "a@example.org", user_id: 123, api_key: { env: "KEY" } },
  });
  const index = { url: "https://index.example.org/50%/simple", servers: [], certificates: "PEM\n" };
  const standIns = await open(plan, undefined, {
    clones: [],
    installer: { cowrie: Buffer.from("PK zip"), index },
  });
  const { ports, lead } = await doors(1);
  const [port = 0] = ports;
  const plain = standIns.all.find((one) => one.port === 80);
  lead({ ...standIns, all: plain === undefined ? [] : [{ ...plain, port }] });
  const ask = async (host: string, path: string, ...words: readonly string[]): Promise<string> => {
    assert.ok(plain?.names.includes(host));
    const address = `http://127.0.0.1:${port}${path}`;
    return (await execute("curl", ["--silent", "--header", `Host: ${host}`, ...words, address])).stdout;
  };
  assert.match(
    await ask("isc.sans.edu", "/api/checkapikey/a/b/c/100/d"),
    /<result>ok<\/result>.*<id>123<\/id>/,
  );
  assert.match(JSON.parse(await ask("www4.dshield.org", "/api/myip?json")).ip, /^192\.0\.2\./);
  assert.is(JSON.parse(await ask("dshield.org", "/api/honeypotrules")).responses[0].id, 1);
  assert.is(await ask("www.dshield.org", "/cowrie.zip"), "PK zip");
  assert.is(await ask("www.dshield.org", "/submitapi/", "--data", "logs"), "ok\n");
  assert.equal(
    standIns.sent().map(({ what, to }) => `${what} ${to}`),
    ["isc.sans.edu", "www4.dshield.org", "dshield.org", "www.dshield.org", "www.dshield.org"].map(
      (host) => `request to DShield ${host}:80`,
    ),
  );
  const contents = new Map(standIns.additions.files.map(({ path, content }) => [path, content]));
  assert.is(
    contents.get("/etc/pip.conf"),
    "[global]\nindex-url = https://index.example.org/50%%/simple\ncert = /etc/ssl/sensorbake-try-pip.pem\n",
  );
  assert.is(contents.get("/etc/ssl/sensorbake-try-pip.pem"), "PEM\n");
  assert.match(
    String(contents.get("/etc/systemd/system/cowrie.service.d/sensorbake-try.conf")),
    "REQUESTS_CA_BUNDLE=",
  );
});

needs("curl", "openssl", "tar")(
  test,
  "json_log_country downloads a database from the stand-in for MaxMind, or finds one without an account",
  async () => {
    const account = { geolite2: { account_id: 1, license_key: { env: "K" } } };
    const sources: TrialSources = { clones: [], installer: undefined };
    const plan = await planOf({ ...base, tools: { json_log_country: account } });
    const standIns = await open(plan, undefined, sources);
    const { ports, lead } = await doors(1);
    const [port = 0] = ports;
    const secure = standIns.all.filter((one) => one.port === 443);
    lead({ ...standIns, all: secure.map((one) => ({ ...one, port })) });
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-client-"));
    folders.push(folder);
    const [certificate] = standIns.additions.files;
    await writeFile(join(folder, "ca.pem"), certificate?.content ?? "");
    // The words of analyse.sh.
    const download = `curl --silent --show-error --fail --location --proto =https --cacert ca.pem --connect-to ::127.0.0.1:${port} \
--user 1:KeyOfATrial2 'https://download.maxmind.com/geoip/databases/GeoLite2-Country/download?suffix=tar.gz' |
tar --extract --gzip --to-stdout --wildcards '*/GeoLite2-Country.mmdb' | base64 --wrap=0`;
    const { code, stdout, stderr } = await execute("sh", ["-c", `cd ${folder} && ${download}`]);
    assert.is(code, 0, stderr);
    assert.is(stdout, countryDatabase().toString("base64"));
    assert.equal(
      standIns.sent().map(({ what, to, text }) => `${what} ${to} ${text}`),
      ["request to MaxMind download.maxmind.com:443 "],
    );
    const database = "/usr/share/GeoIP/GeoLite2-Country.mmdb";
    assert.not(standIns.additions.files.some(({ path }) => path === database));
    const without = await open(
      await planOf({ ...base, tools: { json_log_country: {} } }),
      undefined,
      sources,
    );
    const placed = without.additions.files.find(({ path }) => path === database);
    assert.equal(placed?.content, countryDatabase());
    assert.ok(without.additions.reasons.some(({ what }) => what === database));
    assert.not(without.all.some(({ kind }) => kind === "web server"));
  },
);

test("a guest that does not read cowrie.zip gets only its beginning", async () => {
  const plan = await planOf({
    ...base,
    dshield: { install: true, email: "a@example.org", user_id: 123, api_key: { env: "KEY" } },
  });
  const index = { url: "https://index.example.org/simple", servers: [], certificates: undefined };
  const standIns = await open(plan, undefined, {
    clones: [],
    installer: { cowrie: Buffer.alloc(8 << 20), index },
  });
  // The first write does not end, so that everything else waits here.
  let begun = (): void => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const socket = new Duplex({ read: () => {}, write: () => begun() });
  standIns.all.find((one) => one.port === 80)?.serve(socket);
  socket.push("GET /cowrie.zip HTTP/1.1\r\nHost: www.dshield.org\r\n\r\n");
  await begins;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(socket.writableLength > 0 && socket.writableLength < 1 << 20, String(socket.writableLength));
  socket.destroy();
});

for (const tls of ["starttls", "implicit"] as const)
  needs("/usr/bin/python3", "openssl")(
    test,
    `health.py sends its heartbeat, webhook and mail (${tls}) to stand-ins`,
    async () => {
      const { ports, lead } = await doors(2);
      const [web = 0, mail = 0] = ports;
      const plan = await planOf({
        ...base,
        notify: {
          heartbeat: { url: { env: "BEAT" } },
          webhook: { url: { env: "HOOK" }, format: "json" },
          mail: {
            host: "127.0.0.1",
            port: mail,
            tls,
            from: "a@example.org",
            to: ["b@example.org"],
            user: "a",
            password: { env: "PASSWORD" },
          },
        },
      });
      const standIns = await open(
        plan,
        new Map([
          ["notify.heartbeat.url", `https://127.0.0.1:${web}/beat`],
          ["notify.webhook.url", `https://127.0.0.1:${web}/hook`],
        ]),
      );
      lead(standIns);
      const health = await healthUnderTest(
        {
          MAIL_HOST: "127.0.0.1",
          MAIL_PORT: String(mail),
          MAIL_TLS: tls,
          MAIL_FROM: "a@example.org",
          MAIL_TO: "b@example.org",
          MAIL_USER: "a",
        },
        { SSL_CERT_FILE: root.path("ca.pem") },
      );
      try {
        await root.write("ca.pem", standIns.additions.files[0]?.content ?? "");
        await health.secret("heartbeat_url", `https://127.0.0.1:${web}/beat`);
        await health.secret("webhook_url", `https://127.0.0.1:${web}/hook`);
        await health.secret("mail_password", "p");
        const { stdout, stderr } = await health.run("--test");
        assert.equal(
          standIns
            .sent()
            .map(({ what }) => what)
            .sort(),
          ["heartbeat", "message", "webhook"],
          stdout + stderr,
        );
        const letter = standIns.sent().find(({ what }) => what === "message");
        assert.is(letter?.name, "b@example.org");
        assert.match(letter?.text ?? "", /Subject: fra-vps: test message/);
      } finally {
        await health.root.remove();
      }
    },
  );

test("the stand-in for the SIEM acknowledges each window of events", async () => {
  const plan = await planOf({ ...base, siem: { logstash: "10.0.0.7:5044", plaintext: true } });
  const standIns = await open(plan);
  const written: Buffer[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _, done) => {
      written.push(chunk);
      done();
    },
  });
  standIns.all.find(({ kind }) => kind === "SIEM")?.serve(socket);
  const window = Buffer.from([0x32, 0x57, 0, 0, 0, 3]);
  const compressed = Buffer.concat([Buffer.from([0x32, 0x43, 0, 0, 0, 5]), Buffer.from("abcde")]);
  const event = (sequence: number) =>
    Buffer.concat([Buffer.from([0x32, 0x4a, 0, 0, 0, sequence, 0, 0, 0, 2]), Buffer.from("{}")]);
  // In pieces, as the network may cut them.
  for (const byte of Buffer.concat([window, compressed])) socket.push(Buffer.from([byte]));
  socket.push(Buffer.concat([window, event(1), event(2), event(3)]));
  for (let tries = 0; written.length < 2 && tries < 100; tries++)
    await new Promise((done) => setImmediate(done));
  assert.equal(Buffer.concat(written), Buffer.from([0x32, 0x41, 0, 0, 0, 3, 0x32, 0x41, 0, 0, 0, 3]));
  assert.is(standIns.sent().length, 2);
  socket.push(Buffer.from("GET / HTTP/1.0\r\n\r\n"));
  await once(socket, "close");
});

test("after a change, only archives count that were sent before it", () => {
  const { record, sent } = recorder();
  const one = { to: "", name: "", bytes: 1, text: "" };
  record({ ...one, kind: "web server", what: "heartbeat" });
  record({ ...one, kind: "backup server", what: "file" });
  const later = sentFromNow(sent);
  record({ ...one, kind: "web server", what: "webhook" });
  assert.equal(
    later().map(({ what }) => what),
    ["file", "webhook"],
  );
});

test("the stand-ins count what they do not keep", async () => {
  const standIns = await open(
    await planOf({ ...base, siem: { logstash: "10.0.0.7:5044", plaintext: true } }),
  );
  const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() });
  standIns.all.find(({ kind }) => kind === "SIEM")?.serve(socket);
  const window = Buffer.from([0x32, 0x57, 0, 0, 0, 1, 0x32, 0x43, 0, 0, 0, 1, 0x78]);
  socket.push(Buffer.concat(Array.from({ length: 1003 }, () => window)));
  for (let tries = 0; standIns.dropped() < 3 && tries < 100; tries++)
    await new Promise((done) => setImmediate(done));
  assert.is(standIns.sent().length, 1000);
  assert.is(standIns.dropped(), 3);
  socket.destroy();
});

test("the stand-in for the backup server survives a malformed message, and opens a hundred folders at most", async () => {
  const { ports, lead } = await doors(1);
  const [port = 0] = ports;
  lead(await open(await withTransfer(port)));
  const { private: privateKey } = ssh2.utils.generateKeyPairSync("ed25519");
  const client = new ssh2.Client().connect({ host: "127.0.0.1", port, username: "any", privateKey });
  try {
    await once(client, "ready");
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      client.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
    );
    const opened = await Promise.allSettled(
      Array.from({ length: 103 }, () => promisify(sftp.opendir.bind(sftp))("/")),
    );
    assert.is(opened.filter(({ status }) => status === "fulfilled").length, 100);
    const ended = new Promise((resolve) =>
      client.subsys("sftp", (_, channel) => {
        channel.on("close", resolve).resume();
        channel.write(Buffer.from([0, 0, 0, 1, 99]));
      }),
    );
    await ended;
  } finally {
    client.destroy();
  }
});

needs("openssl")(
  test,
  "the stand-in for the mail server ignores what follows STARTTLS in the same packet",
  async () => {
    const host = "mail.example.org";
    const mail = { host, tls: "starttls", from: "a@example.org", to: ["b@example.org"] };
    const standIns = await open(await planOf({ ...base, notify: { mail } }));
    const written: string[] = [];
    const socket = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        written.push(chunk.toString());
        done();
      },
    });
    standIns.all.find(({ kind }) => kind === "mail server")?.serve(socket);
    socket.push("STARTTLS\r\nSTARTTLS\r\nNOOP\r\n");
    for (let tries = 0; written.length < 2 && tries < 100; tries++)
      await new Promise((done) => setImmediate(done));
    assert.is(written.join(""), "220 stand-in\r\n220 go ahead\r\n");
    socket.destroy();
  },
);

test("the stand-in for the SIEM closes a connection that the sensor ends", async () => {
  const plan = await planOf({ ...base, siem: { logstash: "10.0.0.7:5044", plaintext: true } });
  const standIns = await open(plan);
  const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() });
  standIns.all.find(({ kind }) => kind === "SIEM")?.serve(socket);
  socket.push(null);
  for (let tries = 0; !socket.writableEnded && tries < 100; tries++)
    await new Promise((done) => setImmediate(done));
  assert.ok(socket.writableEnded);
});

test("every harmless secret has the form that the settings require", async () => {
  const plan = await planOf({ ...base, siem: { logstash: "siem.example.org:5044", ca: { env: "CA" } } });
  const { secrets } = await open(plan);
  assert.equal([...secrets.keys()].sort(), ["backup.password", "siem.ca"]);
  for (const [name, value] of secrets)
    assert.is(factsOf(name as SecretName).complain(value), undefined, name);
  const all = harmlessSecrets(await everySecret(), secrets.get("siem.ca") ?? "");
  assert.ok(all.size >= 10);
  for (const [name, value] of all) assert.is(factsOf(name).complain(value), undefined, name);
});

function everySecret(): Promise<Plan> {
  return planOf({
    ...base,
    dshield: { install: true, email: "a@example.org", user_id: 1, api_key: { env: "A" } },
    transfer: {
      host: "192.0.2.9",
      user: "sensor",
      path: "/b",
      host_key: ed25519HostKey,
      private_key: { env: "B" },
    },
    siem: { logstash: "siem.example.org:5044", ca: { env: "C" } },
    notify: {
      heartbeat: { url: { env: "D" } },
      webhook: { url: { env: "E" }, token: { env: "F" } },
      mail: {
        host: "m.example.org",
        from: "a@example.org",
        to: ["a@example.org"],
        user: "a",
        password: { env: "G" },
      },
    },
    tools: {
      cowrieprocessor: {
        virustotal_api_key: { env: "H" },
        urlhaus_api_key: { env: "I" },
        spur_api_key: { env: "J" },
      },
      json_log_country: { geolite2: { account_id: 1, license_key: { env: "K" } } },
    },
  });
}

test("a recorder keeps a limited number of limited texts", () => {
  const records = recorder();
  const sent = {
    kind: "web server",
    to: "x",
    what: "request",
    name: "n".repeat(9999),
    bytes: 1,
    text: "t".repeat(9999),
  } as const;
  for (let index = 0; index < 2000; index++) records.record(sent);
  assert.is(records.sent().length, 1000);
  assert.is(records.dropped(), 1000);
  assert.is(records.sent()[0]?.text.length, 2000);
  assert.is(records.sent()[0]?.name.length, 500);
});

test.run();
