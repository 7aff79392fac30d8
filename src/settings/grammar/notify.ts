import { complainOfServer } from "../../values/endpoint.ts";
import { complainOfNotifyUrl } from "../../values/notify-url.ts";
import { complainOfPassword, complainOfToken } from "../../values/secret-value.ts";
import { choice, fullList, group, text, wholeNumber } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";
import { complainOfEmail } from "./dshield.ts";

/** How people hear that a sensor becomes unhealthy. */
export function notifyGrammar() {
  return group("Notifications about the sensor's health. Naming a channel enables it.", {
    heartbeat: group("A URL that the sensor requests every 15 minutes while it is healthy.", {
      url: secret(
        {
          description:
            "URL to request. The server at this URL raises the alarm when the requests stop (healthchecks.io, Uptime Kuma and others).",
          examples: [{ env: "HEARTBEAT_URL" }],
        },
        complainOfNotifyUrl,
      ),
    }),
    webhook: group("A URL to which the sensor posts a message when it becomes unhealthy or healthy.", {
      url: secret(
        { description: "URL to post to.", examples: [{ env: "WEBHOOK_URL" }] },
        complainOfNotifyUrl,
      ),
      format: choice(
        {
          description:
            "Format of the message: `json` (docs/notifications.md), or that of a service. `teams` is for a workflow of Microsoft Teams.",
        },
        webhookFormats,
      ),
      token: secret(
        {
          description: "Token to send as `Authorization: Bearer`; Matrix needs it, ntfy may need it.",
          examples: [{ env: "WEBHOOK_TOKEN" }],
        },
        complainOfToken,
      ),
    }),
    mail: group("Mail when the sensor becomes unhealthy or healthy, sent through your mail server.", {
      host: text(
        {
          takes: "a host name or an address",
          description: "The mail server, whose certificate must be valid for this name.",
          examples: ["mail.example.org"],
        },
        complainOfServer,
      ),
      port: wholeNumber(
        { description: "Port of the server; 587 by default, or 465 with `tls: implicit`." },
        1,
        65_535,
      ),
      tls: choice(
        {
          description:
            "`starttls`: TLS begins after the connection; without it no mail is sent. `implicit`: the connection begins with TLS. The default is implicit on port 465 and starttls elsewhere.",
        },
        ["starttls", "implicit"],
      ),
      from: text(
        { takes: "an e-mail address", description: "Sender of the mail.", examples: ["alerts@example.org"] },
        complainOfEmail,
      ),
      to: fullList(
        { description: "Recipients of the mail.", examples: [["admin@example.org"]] },
        text({ takes: "an e-mail address", description: "A recipient." }, complainOfEmail),
      ),
      user: text(
        {
          takes: "a login name",
          description: "Login on the mail server; without it the sensor does not log in.",
          examples: ["alerts@example.org"],
        },
        complainOfMailUser,
      ),
      password: secret(
        { description: "Password of this login.", examples: [{ env: "MAIL_PASSWORD" }] },
        complainOfPassword,
      ),
    }),
  });
}

/** The formats of a webhook's message. */
export const webhookFormats = ["json", "ntfy", "slack", "discord", "matrix", "teams"] as const;

function complainOfMailUser(value: string) {
  return /^[\x21-\x7e]{1,254}$/.test(value)
    ? undefined
    : { message: "a login name may contain only printable ASCII without spaces" };
}
