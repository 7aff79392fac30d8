import { mkdir, mkdtemp, readFile, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeCertificate } from "../support/certificate.ts";
import { type HealthUnderTest, healthUnderTest } from "../support/health-under-test.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { needs } from "../support/needs.ts";

// The real program against a real web server. honeypot-status is a stand-in that prints the wanted report.

const health = suite("templates/health");
const test = needs("/usr/bin/python3", "openssl");
const state = "var/lib/honeypot/state/health.json";
const spare = "run/honeypot/health.json";
const notes = "var/lib/honeypot/state/notify.notes";
const backup = { name: "backup", message: "failed 3 hours ago: no space" };

let web: HttpReceiver;
let under: HealthUnderTest;
const withChannels = async (settings: Readonly<Record<string, string>> = {}, environment = {}) => {
  under = await healthUnderTest({ WEBHOOK_FORMAT: "json", ...settings }, environment);
  await under.secret("webhook_url", `${web.origin}/hook/T0KEN?x=1`);
  await under.secret("heartbeat_url", `${web.origin}/ping/T0KEN`);
  return under;
};
health.before.each(async () => {
  web = await startHttpReceiver();
});
health.after.each(async () => {
  await under.root.remove();
  await web.stop();
});

const urls = () => web.received.map(({ method, url }) => `${method} ${url}`);
const run = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await under.run(...words);
  assert.not.match(stdout + stderr, "T0KEN");
  assert.is(code, 0, stderr);
  return stderr;
};
const heartbeat = "GET /ping/T0KEN";
const post = "POST /hook/T0KEN?x=1";

test(health, "requests the heartbeat while the sensor is healthy, and writes nothing", async () => {
  await withChannels();
  await run();
  const before = await stat(under.root.path(state), { bigint: true });
  await run();
  assert.equal(urls(), [heartbeat, heartbeat]);
  assert.is((await stat(under.root.path(state), { bigint: true })).ctimeNs, before.ctimeNs);
  assert.is(Number(before.mode & 0o777n), 0o600);
});

test(health, "posts once when the sensor becomes unhealthy, and once when it is healthy again", async () => {
  await withChannels();
  await run();
  web.clear();
  await under.find(backup);
  await run();
  await run();
  assert.equal(urls(), [post]);
  const { problems, since, text, ...rest } = JSON.parse(web.received[0]?.body ?? "");
  assert.equal(rest, { schema: 1, sensor: "fra-vps", event: "unhealthy" });
  assert.equal(problems, [{ ...backup, next: "" }]);
  assert.is(text, "fra-vps needs attention\n- backup: failed 3 hours ago: no space");
  assert.ok(Math.abs(Date.now() - Date.parse(since)) < 60_000, since);
  web.clear();
  await under.find();
  await run();
  await run();
  assert.equal(urls(), [post, heartbeat, heartbeat]);
  const { event, text: after } = JSON.parse(web.received[0]?.body ?? "");
  assert.is(event, "healthy");
  assert.is(after, "fra-vps is well again\n- no longer: backup: failed 3 hours ago: no space");
});

test(health, "posts again if another check fails meanwhile", async () => {
  await withChannels();
  await under.find(backup);
  await run();
  await under.find(backup, { name: "capture", message: "not running" });
  await run();
  // A check that comes and goes is reported once.
  await under.find(backup);
  await run();
  await under.find(backup, { name: "capture", message: "not running" });
  await run();
  assert.equal(urls(), [post, post]);
});

test(health, "a problem that is gone a minute later raises no alarm", async () => {
  await withChannels();
  await run();
  web.clear();
  await under.find(backup);
  await under.root.write(
    "usr/local/bin/honeypot-status",
    `#!/bin/bash\ncat "${under.root.root}/report"\nsed -i 's/"bad"/"good"/' "${under.root.root}/report"\n`,
    { mode: 0o755 },
  );
  await run();
  assert.equal(urls(), [heartbeat]);
});

test(health, "the first boot is not a problem while it runs, but its failure is", async () => {
  await withChannels();
  const firstBoot = { name: "first boot", message: "running" };
  await under.root.write(
    "report",
    JSON.stringify({
      checks: [
        { ...firstBoot, status: "waiting", next: "" },
        { ...backup, status: "bad", next: "" },
      ],
    }),
  );
  await run();
  assert.equal(urls(), []);
  await under.find({ name: "first boot", message: "failed" });
  await run();
  assert.equal(urls(), [post]);
});

for (const [name, script] of [
  ["ends without a report", "exit 1"],
  ["prints no JSON", "echo oops"],
  ["prints another JSON", "echo '[1]'"],
])
  test(health, `a honeypot-status that ${name} is a problem`, async () => {
    await withChannels();
    await under.root.write("usr/local/bin/honeypot-status", `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    await run();
    assert.match(web.received[0]?.body ?? "", "honeypot-status does not answer");
  });

test(health, "a failed delivery is noted, and repeated later and later", async () => {
  await withChannels();
  web.answer = (response) => {
    response.statusCode = 503;
    response.end("T0KEN");
  };
  await under.find(backup);
  assert.is(await run(), "webhook failed: the server answered with status 503\n");
  assert.is(await under.root.read(notes), "note: webhook: the server answered with status 503\n");
  await run();
  assert.is(web.received.length, 1);
  await under.pass(900);
  await run();
  await under.pass(900);
  await run();
  assert.is(web.received.length, 2);
  await under.pass(900);
  web.answer = (response) => {
    response.end();
  };
  assert.is(await run(), "sent a message by webhook\n");
  assert.not.ok(await under.root.exists(notes));
  await under.pass(9000);
  await run();
  assert.is(web.received.length, 3);
});

test(health, "a problem whose message was not delivered is in the next message", async () => {
  await withChannels();
  await under.find(backup);
  const { origin } = web;
  await web.stop();
  assert.is(await run(), "webhook failed: no connection: Connection refused\n");
  await under.find();
  web = await startHttpReceiver();
  await under.secret("webhook_url", `${web.origin}/hook/T0KEN?x=1`);
  await under.pass(900);
  await run();
  assert.not.equal(web.origin, origin);
  assert.match(web.received[0]?.body ?? "", "no longer: backup: failed 3 hours ago");
});

test(health, "a check that fails and recovers all the time sends at most six messages an hour", async () => {
  await withChannels();
  for (let times = 0; times < 6; times++) {
    await under.find(backup);
    await run();
    await under.find();
    await run();
  }
  assert.is(urls().filter((url) => url === post).length, 6);
  await under.pass(3600);
  await run();
  const posts = web.received.filter(({ method }) => method === "POST");
  assert.is(posts.length, 7);
  assert.is(JSON.parse(posts[6]?.body ?? "").event, "healthy");
});

test(health, "a new channel gets no message about past problems", async () => {
  await withChannels();
  await under.find(backup);
  await run();
  await under.find();
  await run();
  web.clear();
  const root = under.root.path(state);
  await under.root.write(
    state,
    (await under.root.read(state)).replace(/"channels": \{.*\}\}, /, '"channels": {}, '),
  );
  assert.match(await under.root.read(state), '"channels": {}', root);
  await run();
  assert.equal(urls(), [heartbeat]);
});

test(health, "a state that is no JSON is replaced", async () => {
  await withChannels();
  await under.root.write(state, "\0\0\0");
  await under.find(backup);
  await run();
  assert.equal(urls(), [post]);
});

test(health, "a full disk neither repeats a message nor loses the next one", async () => {
  await withChannels({ METRICS_PORT: "19100" });
  // Stands for a disk without room for another file.
  const blocked = "var/lib/honeypot/state/.health.json.new";
  await mkdir(under.root.path(blocked), { recursive: true });
  await under.find({ name: "disk files", message: "99% of its inodes are used" });
  await run();
  await run();
  assert.equal(urls(), [post]);
  assert.match(await under.root.read("run/honeypot-metrics/honeypot.prom"), "honeypot_healthy 0\n");
  assert.is((await stat(under.root.path(spare))).mode & 0o777, 0o600);
  await rmdir(under.root.path(blocked));
  await under.find();
  await run();
  assert.equal(urls(), [post, post, heartbeat]);
  assert.is(JSON.parse(web.received[1]?.body ?? "").event, "healthy");
  assert.not.ok(await under.root.exists(spare));
  await run();
  assert.equal(urls(), [post, post, heartbeat, heartbeat]);
});

test(health, "measurements that cannot be written hold up no message", async () => {
  await withChannels({ METRICS_PORT: "19100" });
  await under.root.write("run/honeypot-metrics", "");
  await under.find(backup);
  assert.is((await under.run()).code, 1);
  assert.equal(urls(), [post]);
});

for (const [name, answer, reason] of [
  [
    "redirects",
    (response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" });
      response.end();
    },
    "the server answered with status 302",
  ],
  ["never answers", () => undefined, "no complete answer within 2 seconds"],
  [
    "drips",
    (response) => {
      const timer = setInterval(() => response.write("x"), 100);
      response.on("close", () => clearInterval(timer));
    },
    "no complete answer within 2 seconds",
  ],
  [
    "sends an endless line",
    (response) => {
      const timer = setInterval(() => response.socket?.write("x".repeat(65_536)), 1);
      response.on("close", () => clearInterval(timer));
    },
    /no connection: (BadStatusLine|LineTooLong)|within 2 seconds/,
  ],
] as const satisfies readonly (readonly [string, HttpReceiver["answer"], string | RegExp])[])
  test(health, `a server that ${name} does not hold up the sensor`, async () => {
    await withChannels({}, { HONEYPOT_CHANNEL_SECONDS: "2" });
    web.answer = answer;
    await under.find(backup);
    assert.match(await run(), reason);
  });

test(health, "a URL that was broken by hand does not silence the other channels", async () => {
  await withChannels();
  await under.secret("heartbeat_url", "T0KEN");
  assert.is(await run(), "");
  assert.is(await under.root.read(notes), "note: heartbeat: no connection: TypeError\n");
  await under.secret("webhook_url", "T0KEN");
  await under.find(backup);
  assert.is(await run(), "webhook failed: no connection: TypeError\n");
});

test(health, "requests reveal neither the programs nor the sensor", async () => {
  await withChannels();
  await under.secret("webhook_token", "tk_abc");
  await under.find(backup);
  await run();
  const [{ headers, fromPort } = { headers: {}, fromPort: 0 }] = web.received;
  assert.equal(headers, {
    host: new URL(web.origin).host,
    "accept-encoding": "identity",
    "content-length": headers["content-length"],
    "content-type": "application/json",
    authorization: "Bearer tk_abc",
    "user-agent": "status/1",
    connection: "close",
  });
  assert.ok(fromPort >= 61_010 && fromPort <= 61_017, String(fromPort));
});

test(health, "https needs a valid certificate", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-certificate-"));
  const certificate = await makeCertificate(folder);
  await web.stop();
  web = await startHttpReceiver(certificate);
  await withChannels();
  await under.find(backup);
  assert.match(await run(), "webhook failed: its certificate is not valid: self-signed certificate");
  assert.equal(urls(), []);
  await under.root.remove();
  await withChannels({}, { SSL_CERT_FILE: certificate.certFile });
  await under.find(backup);
  await run();
  assert.equal(urls(), [post]);
  await under.secret("webhook_url", `${web.origin.replace("localhost", "127.0.0.1")}/hook/T0KEN`);
  await under.find();
  // The name of the server may be secret too.
  assert.is(await run(), "webhook failed: its certificate is not valid: IP address mismatch\n");
  await rm(folder, { recursive: true });
});

needs("root", "/usr/bin/python3")(
  health,
  "honeypot-status --test-notify sends the same test messages",
  async () => {
    await withChannels();
    const program = await readFile("templates/usr/local/bin/honeypot-status", "utf8");
    await under.root.write("usr/local/bin/honeypot-status", program, { mode: 0o755 });
    const { code, stdout } = await under.root.run("usr/local/bin/honeypot-status", ["--test-notify"]);
    assert.is(stdout, "heartbeat  delivered\nwebhook    delivered\n");
    assert.is(code, 0);
    await rm(under.root.path("opt/honeypot/scripts/health.sh"));
    const without = await under.root.run("usr/local/bin/honeypot-status", ["--test-notify"]);
    assert.is(without.stderr, "the settings of this sensor have no notify\n");
    assert.is(without.code, 2);
  },
);

test(health, "--test sends a message through each channel and prints the results", async () => {
  await withChannels();
  const { code, stdout } = await under.run("--test");
  assert.is(stdout, "heartbeat  delivered\nwebhook    delivered\n");
  assert.is(code, 0);
  assert.is(JSON.parse(web.received[1]?.body ?? "").event, "test");
  web.answer = (response) => {
    response.statusCode = 404;
    response.end();
  };
  const failed = await under.run("--test");
  assert.match(failed.stdout, "webhook    failed: the server answered with status 404\n");
  assert.is(failed.code, 1);
  assert.not.ok(await under.root.exists(state));
});

health.run();
