import type { webhookFormats } from "../settings/grammar/notify.ts";
import type { MergedSensor } from "../settings/merge.ts";
import { canonicalAddress } from "../values/addresses.ts";
import { distinct } from "./distinct.ts";
import { type Secret, toSecret } from "./secret.ts";

/** The channels by which people hear about the sensor's health, at least one of them. */
export type NotifyPlan = {
  /** A URL that is requested while the sensor is healthy. */
  readonly heartbeat: Secret | undefined;
  readonly webhook: WebhookPlan | undefined;
  readonly mail: MailPlan | undefined;
};

export type WebhookPlan = {
  readonly url: Secret;
  readonly format: (typeof webhookFormats)[number];
  /** `undefined`: the request has no token beside the URL. */
  readonly token: Secret | undefined;
};

export type MailPlan = {
  readonly host: string;
  readonly port: number;
  readonly tls: "starttls" | "implicit";
  readonly from: string;
  readonly to: readonly string[];
  /** Empty: no login. */
  readonly user: string;
  readonly password: Secret | undefined;
};

type Notify = NonNullable<MergedSensor["notify"]>;

/** Resolves the channels; a rule reports incomplete ones. */
export function resolveNotify({ heartbeat, webhook, mail }: Notify): NotifyPlan | undefined {
  const plan = {
    heartbeat: heartbeat?.url === undefined ? undefined : toSecret(heartbeat.url),
    webhook: webhook?.url === undefined ? undefined : resolveWebhook(webhook, webhook.url),
    mail: mail === undefined ? undefined : resolveMail(mail),
  };
  return Object.values(plan).every((channel) => channel === undefined) ? undefined : plan;
}

function resolveWebhook(
  { format, token }: NonNullable<Notify["webhook"]>,
  url: NonNullable<NonNullable<Notify["webhook"]>["url"]>,
): WebhookPlan {
  return {
    url: toSecret(url),
    format: format ?? "json",
    token: token === undefined ? undefined : toSecret(token),
  };
}

function resolveMail(mail: NonNullable<Notify["mail"]>): MailPlan {
  const tls = mail.tls ?? (mail.port === 465 ? "implicit" : "starttls");
  const host = mail.host ?? "";
  return {
    host: canonicalAddress(host) ?? host,
    port: mail.port ?? (tls === "implicit" ? 465 : 587),
    tls,
    from: mail.from ?? "",
    to: distinct(mail.to ?? []),
    user: mail.user ?? "",
    password: mail.password === undefined ? undefined : toSecret(mail.password),
  };
}
