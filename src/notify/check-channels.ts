import { createTransport } from "nodemailer";
import type { Secrets } from "../artifacts/payload.ts";
import type { NotifyPlan } from "../plan/resolve-notify.ts";
import { endpointText } from "../values/endpoint.ts";
import { describeFailure } from "./describe-failure.ts";

/** The result for one channel of `notify`; a message never contains a URL's path. */
export type ChannelCheck = {
  readonly channel: "heartbeat" | "webhook" | "mail";
  /** `HOST:PORT`. */
  readonly server: string;
  readonly status: "ok" | "failed";
  readonly message: string;
  readonly hint?: string;
};

/**
 * A function that tests from this machine that the servers of a sensor's notifications answer. Raises no alarm: it asks
 * web servers for `/` without the URL's path and token, and logs in to the mail server without sending mail. Sensors
 * with the same server share one test, because many logins at once look like an attack.
 */
export function channelChecker(
  timeoutSeconds = 15,
): (plan: NotifyPlan, secrets: Secrets) => Promise<readonly ChannelCheck[]> {
  const milliseconds = timeoutSeconds * 1000;
  const begun = new Map<string, Promise<ChannelCheck>>();
  const once = (test: readonly unknown[], check: () => Promise<ChannelCheck>) => {
    const key = JSON.stringify(test);
    const result = begun.get(key) ?? check();
    begun.set(key, result);
    return result;
  };
  const web = (channel: "heartbeat" | "webhook", secret: string | undefined) => {
    const { origin } = new URL(secret ?? "");
    return once([channel, origin], () => checkWeb(channel, new URL(origin), milliseconds));
  };
  return async ({ heartbeat, webhook, mail }, secrets) => {
    const checks: Promise<ChannelCheck>[] = [];
    if (heartbeat !== undefined) checks.push(web("heartbeat", secrets.get("notify.heartbeat.url")));
    if (webhook !== undefined) checks.push(web("webhook", secrets.get("notify.webhook.url")));
    const password = secrets.get("notify.mail.password");
    if (mail !== undefined)
      checks.push(
        once([mail.host, mail.port, mail.tls, mail.user, password], () =>
          checkMail(mail, password, milliseconds),
        ),
      );
    return Promise.all(checks);
  };
}

async function checkWeb(channel: "heartbeat" | "webhook", url: URL, timeout: number): Promise<ChannelCheck> {
  const { hostname, port, protocol } = url;
  const about = {
    channel,
    server: endpointText({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
    }),
  };
  try {
    // Any answer shows that name, port, certificate and web server are fine.
    await fetch(url, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
      headers: { "user-agent": "status/1" },
    });
    const message = "the web server answers; its URL is not requested, because that would send a message";
    return { ...about, status: "ok", message };
  } catch (error) {
    return failed(about, error);
  }
}

async function checkMail(
  { host, port, tls, user }: NonNullable<NotifyPlan["mail"]>,
  password: string | undefined,
  timeout: number,
): Promise<ChannelCheck> {
  const about = { channel: "mail" as const, server: endpointText({ host, port }) };
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    requireTLS: true,
    name: "[127.0.0.1]",
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    ...(user !== "" && { auth: { user, pass: password ?? "" } }),
  });
  try {
    await transport.verify();
    return { ...about, status: "ok", message: `TLS${user === "" ? "" : ` and the login of ${user}`} work` };
  } catch (error) {
    return failed(about, error);
  } finally {
    transport.close();
  }
}

function failed(about: Pick<ChannelCheck, "channel" | "server">, error: unknown): ChannelCheck {
  return { ...about, status: "failed", ...describeFailure(error) };
}
