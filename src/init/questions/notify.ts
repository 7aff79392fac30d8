import { webhookFormats } from "../../settings/grammar/notify.ts";
import type { MailAnswers } from "../answers.ts";
import {
  always,
  hostAndPort,
  none,
  type Question,
  serverText,
  taken,
  wordsOf,
  yesAndNo,
  yesOrNo,
} from "../question.ts";

/** The port of a mail server, unless an answer has another. */
export const usualMailPort = 587;
const unknownMail = { host: "", port: usualMailPort, to: [], from: undefined, user: undefined } as const;

/** The questions about notifications. URLs and the password are secrets and come from the environment. */
export const notifyQuestions: readonly Question[] = [
  {
    option: "heartbeat",
    isAsked: always,
    about: () =>
      "While it is healthy, a sensor can request a URL every 15 minutes. The service at this URL (healthchecks.io, Uptime Kuma and others) raises the alarm when the requests stop. Only this heartbeat notices that a sensor has lost its power or its network (docs/notifications.md).",
    prompt: "Request a heartbeat URL",
    choices: yesAndNo,
    answer: ({ notify }) => (notify.heartbeat ? "yes" : "no"),
    take: (text, answers) =>
      yesOrNo(text, (heartbeat) => taken({ ...answers, notify: { ...answers.notify, heartbeat } })),
  },
  {
    option: "webhook",
    isAsked: always,
    about: () =>
      "A sensor can post a message to a webhook when it becomes unhealthy or healthy. The service is ntfy, slack, discord, matrix or teams, or json for a program of yours.",
    prompt: "Service of the webhook, or - for none",
    choices: () => [none, ...webhookFormats],
    answer: ({ notify }) => notify.webhook ?? none,
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
    answer: ({ notify }) => (notify.mail === undefined ? none : serverText(notify.mail, usualMailPort)),
    take: (text, answers) => {
      const mail =
        text === none
          ? undefined
          : { ...unknownMail, ...answers.notify.mail, ...hostAndPort(text, usualMailPort) };
      return taken({ ...answers, notify: { ...answers.notify, mail } });
    },
  },
  about(
    "mail-to",
    "Recipients of the mail, separated by spaces",
    ({ to }) => (to.length === 0 ? undefined : to.join(" ")),
    (text) => ({ to: wordsOf(text) }),
  ),
  about(
    "mail-from",
    "Sender of the mail",
    ({ from }) => from,
    (from) => ({ from }),
    ({ from, to }) => from ?? to[0],
  ),
  about(
    "mail-user",
    "Login on the mail server, or - for none",
    ({ user }) => user,
    (user) => ({ user }),
    ({ user, from }) => user ?? from,
  ),
];

function about(
  option: string,
  prompt: string,
  answer: (mail: MailAnswers) => string | undefined,
  change: (text: string) => Partial<MailAnswers>,
  suggestion = answer,
): Question {
  return {
    option,
    isAsked: ({ notify }) => notify.mail !== undefined,
    prompt,
    answer: ({ notify }) => answer(notify.mail ?? unknownMail),
    suggestion: ({ notify }) => suggestion(notify.mail ?? unknownMail),
    take: (text, answers) =>
      taken({
        ...answers,
        notify: { ...answers.notify, mail: { ...unknownMail, ...answers.notify.mail, ...change(text) } },
      }),
  };
}
