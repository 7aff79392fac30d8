import { always, none, numberOr, type Question, refused, taken, wordsOf } from "../question.ts";

/** The analysis tools that can be chosen, as in `tools`. */
export const toolNames = ["cowrieprocessor", "json_log_country"] as const;

/** The questions about the analysis tools and the SIEM. */
export const analysisQuestions: readonly Question[] = [
  {
    option: "tools",
    isAsked: always,
    about: () =>
      `Analysis tools that run on each sensor: cowrieprocessor (a report on each day's sessions) and json_log_country (a chart of the visitors' countries each week). They need memory: a gigabyte or more.`,
    prompt: "Tools, separated by spaces, or - for none",
    answer: ({ tools }) => (tools.length === 0 ? none : tools.join(" ")),
    take: (text, answers) => {
      const tools = text === none ? [] : wordsOf(text);
      const unknown = tools.find((tool) => !toolNames.some((name) => name === tool));
      return unknown === undefined
        ? taken({ ...answers, tools })
        : refused(`the tools are ${toolNames.join(" and ")}`);
    },
  },
  {
    option: "maxmind-account",
    isAsked: ({ tools }) => tools.includes("json_log_country"),
    about: () =>
      "json_log_country needs MaxMind's GeoLite2 database, which is free: https://www.maxmind.com/en/geolite2/signup. The account page shows the number of the account; create a licence key there.",
    prompt: "Number of the MaxMind account, or - to install the database by hand",
    answer: ({ maxmindAccount }) => String(maxmindAccount ?? none),
    take: (text, answers) =>
      taken({ ...answers, maxmindAccount: text === none ? undefined : numberOr(text) }),
  },
  {
    option: "siem",
    isAsked: always,
    about: () =>
      "Filebeat can ship the logs to a DShield-SIEM as they are written (docs/siem.md). The port of its Logstash is 5044.",
    prompt: "Logstash of the SIEM, HOST:PORT, or - for none",
    answer: ({ siem }) => siem?.logstash ?? none,
    take: (text, answers) =>
      taken({ ...answers, siem: text === none ? undefined : { logstash: text, ca: answers.siem?.ca } }),
  },
  {
    option: "siem-ca",
    isAsked: ({ siem }) => siem !== undefined,
    about: () =>
      "The certificate by which the sensor verifies the SIEM: a PEM file, for example siem-ca.pem beside the settings file. The word plaintext sends the logs unencrypted, which is only safe inside a tunnel or a private network.",
    prompt: "File of the certificate, or plaintext",
    answer: ({ siem }) => siem?.ca,
    take: (text, answers) => taken({ ...answers, siem: answers.siem && { ...answers.siem, ca: text } }),
  },
];
