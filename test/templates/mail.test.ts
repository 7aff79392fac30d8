import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { makeCertificate } from "../support/certificate.ts";
import { type HealthUnderTest, healthUnderTest } from "../support/health-under-test.ts";
import { needs } from "../support/needs.ts";
import { type SmtpServer, smtpTools, startSmtpServer } from "../support/smtp-server.ts";

// The real program against a real mail server: Debian's aiosmtpd, with TLS and AUTH.

const mail = suite("templates/mail");
const test = needs(...smtpTools, "/usr/lib/python3/dist-packages/aiosmtpd");
const backup = { name: "backup", message: 'failed: "no" space\r\nBcc: x@evil.example \u001b[31m' };

let folder: string;
let certificate: Awaited<ReturnType<typeof makeCertificate>>;
let server: SmtpServer;
let under: HealthUnderTest;
mail.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-mail-"));
  certificate = await makeCertificate(folder);
});
mail.after(() => rm(folder, { recursive: true }));

async function withServer(
  tls: "starttls" | "implicit" | "none",
  body: () => Promise<void>,
  { settings = {}, environment = {} as Readonly<Record<string, string>> } = {},
): Promise<void> {
  server = await startSmtpServer(certificate, tls);
  under = await healthUnderTest(
    {
      MAIL_HOST: "localhost",
      MAIL_PORT: String(server.port),
      MAIL_TLS: tls === "implicit" ? "implicit" : "starttls",
      MAIL_FROM: "alerts@example.org",
      MAIL_TO: "a@example.org b@example.org",
      MAIL_USER: "alerts",
      ...settings,
    },
    { SSL_CERT_FILE: certificate.certFile, ...environment },
  );
  try {
    await under.secret("mail_password", "correct horse");
    await body();
  } finally {
    await under.root.remove();
    await server.stop();
  }
}

for (const tls of ["starttls", "implicit"] as const)
  test(mail, `sends mail over TLS (${tls}) after a login`, () =>
    withServer(tls, async () => {
      await under.find(backup);
      const { code, stderr } = await under.run();
      assert.is(stderr, "sent a message by mail\n");
      assert.is(code, 0);
      await waitFor("the mail", async () => server.mails.length > 0, 30);
      const [{ text, ...envelope } = { text: "" }] = server.mails;
      assert.equal(envelope, {
        helo: "[127.0.0.1]",
        tls: true,
        from: "alerts@example.org",
        to: ["a@example.org", "b@example.org"],
      });
      assert.match(text, /^Subject: fra-vps needs attention\r$/m);
      assert.match(text, /^To: a@example.org, b@example.org\r$/m);
      assert.match(text, /^Message-ID: <[^@]+@example\.org>\r$/m);
      assert.not.match(text, /^Bcc:/m);
      assert.match(text, '\r\n- backup: failed: "no" space\\x0d\\x0aBcc: x@evil.example \\x1b[31m\r\n');
      const [head = ""] = text.split("\r\n\r\n");
      assert.not.match(head, /honeypot|dshield|cowrie|python/i);
    }),
  );

test(mail, "does not send the password to a server without a valid certificate", () =>
  withServer(
    "starttls",
    async () => {
      await under.find(backup);
      const { stderr } = await under.run();
      assert.is(stderr, "mail failed: its certificate is not valid: self-signed certificate\n");
      assert.equal(server.mails, []);
    },
    { environment: { SSL_CERT_FILE: "/dev/null" } },
  ),
);

test(mail, "does not send anything to a server without TLS", () =>
  withServer("none", async () => {
    await under.find(backup);
    assert.is((await under.run()).stderr, "mail failed: the server does not offer STARTTLS, or a login\n");
    assert.equal(server.mails, []);
  }),
);

test(mail, "reports a refused login without the password", () =>
  withServer("starttls", async () => {
    await under.secret("mail_password", "wrong");
    await under.find(backup);
    assert.is((await under.run()).stderr, "mail failed: the server refused the login (535)\n");
    const { stdout, code } = await under.run("--test");
    assert.is(stdout, "mail       failed: the server refused the login (535)\n");
    assert.is(code, 1);
  }),
);

for (const [name, greet, seconds, said] of [
  [
    "never ends its greeting",
    (send: (text: string) => void) => send("220-hello\r\n".repeat(100_000)),
    "30",
    "the server does not end its answer",
  ],
  ["says nothing", () => undefined, "2", "no complete answer within 2 seconds"],
] as const)
  test(mail, `a mail server that ${name} does not hold up the sensor`, async () => {
    const wild = await listening((send) => greet(send));
    // The type has other forms for pipes.
    const { port } = wild.address() as { port: number };
    try {
      await withServer(
        "starttls",
        async () => {
          await under.find(backup);
          assert.is((await under.run()).stderr, `mail failed: ${said}\n`);
        },
        { settings: { MAIL_PORT: String(port) }, environment: { HONEYPOT_CHANNEL_SECONDS: seconds } },
      );
    } finally {
      wild.close();
    }
  });

mail.run();

async function listening(greet: (send: (text: string) => void) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    greet((text) => socket.write(text));
  });
  await new Promise<void>((done) => server.listen(0, "localhost", done));
  return server;
}
