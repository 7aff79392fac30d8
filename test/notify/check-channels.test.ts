import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/emulation/free-port.ts";
import { channelChecker } from "../../src/notify/check-channels.ts";
import type { MailPlan } from "../../src/plan/resolve-notify.ts";
import { makeCertificate } from "../support/certificate.ts";
import { startHttpReceiver } from "../support/http-receiver.ts";
import { needs } from "../support/needs.ts";
import { smtpTools, startSmtpServer } from "../support/smtp-server.ts";

const checks = suite("notify/check-channels");
const test = needs(...smtpTools, "/usr/lib/python3/dist-packages/aiosmtpd");

test(checks, "names the reason why a server does not answer, and the setting to check", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-channels-"));
  const certificate = await makeCertificate(folder);
  const web = await startHttpReceiver();
  const starttls = await startSmtpServer(certificate, "starttls");
  const implicit = await startSmtpServer(certificate, "implicit");
  const closed = await freePort();
  const check = channelChecker(1);
  const byMail = (port: number, tls: MailPlan["tls"], host = "localhost") => {
    const mail = {
      host,
      port,
      tls,
      from: "a@example.org",
      to: ["b@example.org"],
      user: "",
      password: undefined,
    };
    return check({ heartbeat: undefined, webhook: undefined, mail }, new Map());
  };
  const byHeartbeat = (url: string) =>
    check(
      { heartbeat: { kind: "env", name: "HEARTBEAT_URL" }, webhook: undefined, mail: undefined },
      new Map([["notify.heartbeat.url", url]]),
    );
  try {
    const cases = [
      [byMail(closed, "starttls"), /the server refuses the connection \(ECONNREFUSED\)/],
      [byMail(25, "starttls", "mail.invalid"), /its name has no address \((ENOTFOUND|EAI_AGAIN)\)/],
      [byMail(starttls.port, "implicit"), /does not offer TLS on this port .*notify\.mail\.tls/],
      [byMail(implicit.port, "starttls"), /does not respond \(ETIMEDOUT\).*notify\.mail\.tls/],
      [byMail(starttls.port, "starttls"), /certificate is not valid \(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
      [byHeartbeat(`https://localhost:${closed}/`), /the server refuses the connection \(ECONNREFUSED\)/],
      [byHeartbeat(web.origin.replace("http:", "https:")), /does not offer TLS on this port \(ERR_SSL/],
    ] as const;
    for (const [checked, wanted] of cases) {
      const [result] = await checked;
      assert.match(`${result?.message} ${result?.hint}`, wanted);
    }
  } finally {
    await implicit.stop();
    await starttls.stop();
    await web.stop();
    await rm(folder, { recursive: true });
  }
});

checks.run();
