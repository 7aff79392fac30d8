import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeCertificate } from "../support/certificate.ts";
import { startHttpReceiver } from "../support/http-receiver.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { smtpTools, startSmtpServer } from "../support/smtp-server.ts";

// The real command against a real web server and a real mail server.

const preflight = suite("sensorbake preflight, notifications");
const test = needs(...smtpTools, "/usr/lib/python3/dist-packages/aiosmtpd");

test(
  preflight,
  "tests the servers of each channel, sends nothing, and never shows a URL's path",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-preflight-"));
    const certificate = await makeCertificate(folder);
    const web = await startHttpReceiver(certificate);
    const smtp = await startSmtpServer(certificate, "starttls");
    try {
      const notify = {
        heartbeat: { url: { env: "HEARTBEAT_URL" } },
        webhook: { url: { env: "WEBHOOK_URL" } },
        mail: {
          host: "localhost",
          port: smtp.port,
          from: "a@example.org",
          to: ["b@example.org"],
          user: "alerts",
          password: { env: "MAIL_PASSWORD" },
        },
      };
      const admin = { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] };
      const file = join(folder, "sensors.yaml");
      await writeFile(
        file,
        JSON.stringify({
          version: 1,
          defaults: { admin, notify },
          sensors: ["a", "b"].map((name) => ({ name, target: "nocloud" })),
        }),
      );
      const env = {
        HEARTBEAT_URL: `${web.origin}/T0KEN`,
        WEBHOOK_URL: `${web.origin}/hook/T0KEN`,
        MAIL_PASSWORD: "correct horse",
        NODE_EXTRA_CA_CERTS: certificate.certFile,
      };
      const good = await run(["preflight", file], { env });
      assert.is(good.code, 0, good.stdout + good.stderr);
      const host = new URL(web.origin).host;
      assert.match(good.stdout, "a, b: notifications\n");
      assert.match(good.stdout, `  ok       heartbeat  ${host}: the web server answers`);
      assert.match(good.stdout, `  ok       webhook    ${host}: the web server answers`);
      assert.match(
        good.stdout,
        `  ok       mail       localhost:${smtp.port}: TLS and the login of alerts work`,
      );
      assert.equal(
        web.received.map(({ method, url }) => `${method} ${url}`),
        ["HEAD /", "HEAD /"],
      );
      assert.equal(smtp.mails, []);

      const refused = await run(["preflight", file, "--format", "json"], {
        env: { ...env, MAIL_PASSWORD: "wrong", NODE_EXTRA_CA_CERTS: "" },
      });
      assert.is(refused.code, 3);
      const { notifications } = JSON.parse(refused.stdout);
      const messages = notifications[0].checks.map(
        ({ status, message }: Record<string, string>) => `${status} ${message}`,
      );
      assert.match(messages[0], "failed the server's certificate is not valid (DEPTH_ZERO_SELF_SIGNED_CERT)");
      assert.match(messages[2], "failed the server's certificate is not valid (DEPTH_ZERO_SELF_SIGNED_CERT)");

      const wrong = await run(["preflight", file], { env: { ...env, MAIL_PASSWORD: "wrong" } });
      assert.is(wrong.code, 3);
      assert.match(wrong.stdout, "the server refuses the login (EAUTH, 535)");
      for (const { stdout, stderr } of [good, refused, wrong])
        assert.not.match(stdout + stderr, /T0KEN|correct horse|wrong/);
    } finally {
      await smtp.stop();
      await web.stop();
      await rm(folder, { recursive: true });
    }
  },
);

test(preflight, "asks each server once, although each sensor has its own heartbeat", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-preflight-"));
  const certificate = await makeCertificate(folder);
  const web = await startHttpReceiver(certificate);
  try {
    const admin = { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] };
    const notify = { heartbeat: { url: { env: "HEARTBEAT_{sensor}" } } };
    const file = join(folder, "sensors.yaml");
    const sensors = ["a", "b"].map((name) => ({ name, target: "nocloud" }));
    await writeFile(file, JSON.stringify({ version: 1, defaults: { admin, notify }, sensors }));
    const env = {
      HEARTBEAT_A: `${web.origin}/A`,
      HEARTBEAT_B: `${web.origin}/B`,
      NODE_EXTRA_CA_CERTS: certificate.certFile,
    };
    const { code, stdout, stderr } = await run(["preflight", file], { env });
    assert.is(code, 0, stdout + stderr);
    for (const name of ["a", "b"]) assert.match(stdout, new RegExp(`^${name}: notifications\n  ok `, "m"));
    assert.is(web.received.length, 1);
  } finally {
    await web.stop();
    await rm(folder, { recursive: true });
  }
});

preflight.run();

async function run(words: readonly string[], options: Parameters<typeof sensorbake>[1]) {
  const { code, stdout, stderr } = await sensorbake(words, options);
  return { code, stdout: String(stdout), stderr: String(stderr) };
}
