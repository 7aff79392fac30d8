import type { MailAnswers } from "../answers.ts";
import { always, hostAndPort, none, type Question, taken, wordsOf, yesOrNo } from "../question.ts";

// Placeholder until the server is known.
const anyMail = {
  host: "mail.example.org",
  port: 587,
  to: ["admin@example.org"],
  from: "alerts@example.org",
  user: undefined,
} as const satisfies MailAnswers;

/** The questions about notifications. URLs and the password are secrets and come from the environment. */
export const notifyQuestions: readonly Question[] = [
  {
    option: "heartbeat",
    isAsked: always,
    about: () =>
      "While it is healthy, a sensor can request a URL every 15 minutes. The service at this URL (healthchecks.io, Uptime Kuma and others) raises the alarm when the requests stop. Only this heartbeat notices that a sensor has lost its power or its network (docs/notifications.md).",
    prompt: "Heartbeat",
    preset: ({ notify }) => (notify.heartbeat ? "yes" : "no"),
    take: (text, answers) =>
      yesOrNo(text, (heartbeat) => taken({ ...answers, notify: { ...answers.notify, heartbeat } })),
  },
  {
    option: "webhook",
    isAsked: always,
    about: () =>
      "A sensor can post a message to a webhook when it becomes unhealthy or healthy. The service is ntfy, slack, discord, matrix or teams, or json for a program of yours.",
    prompt: "Service of the webhook, or - for none",
    preset: ({ notify }) => notify.webhook ?? none,
    take: (text, answers) =>
      taken({
        ...answers,
        notify: { ...answers.notify, webhook: text === none ? undefined : text },
      }),
  },
  {
    option: "mail-host",
    isAsked: always,
    about: () =>
      "A sensor can also send mail at the same times, through a mail server with TLS on which you have an account.",
    prompt: "Mail server, HOST or HOST:PORT, or - for none",
    preset: () => none,
    take: (text, answers) => {
      const mail =
        text === none
          ? undefined
          : { ...anyMail, ...answers.notify.mail, ...hostAndPort(text, anyMail.port) };
      return taken({ ...answers, notify: { ...answers.notify, mail } });
    },
  },
  about(
    "mail-to",
    "Recipients of the mail, separated by spaces",
    () => undefined,
    (text) => ({ to: wordsOf(text) }),
  ),
  about(
    "mail-from",
    "Sender of the mail",
    ({ to }) => to[0],
    (from) => ({ from }),
  ),
  about(
    "mail-user",
    "Login on the mail server, or - for none",
    ({ from }) => from,
    (text) => ({ user: text === none ? undefined : text }),
  ),
];

function about(
  option: string,
  prompt: string,
  preset: (mail: MailAnswers) => string | undefined,
  change: (text: string) => Partial<MailAnswers>,
): Question {
  return {
    option,
    isAsked: ({ notify }) => notify.mail !== undefined,
    prompt,
    preset: ({ notify }) => preset(notify.mail ?? anyMail),
    take: (text, answers) =>
      taken({
        ...answers,
        notify: { ...answers.notify, mail: { ...anyMail, ...answers.notify.mail, ...change(text) } },
      }),
  };
}
