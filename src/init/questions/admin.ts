import { always, numberOr, type Question, taken, wordsOf, yesAndNo, yesOrNo } from "../question.ts";

/** The questions about the login and the network; `here`: the public address from which the user works, if known. */
export function adminQuestions(here: string | undefined): readonly Question[] {
  return [
    {
      option: "timezone",
      isAsked: always,
      about: () => "`timedatectl` shows the time zone of your own machine, for example Europe/Berlin.",
      prompt: "Time zone",
      answer: ({ timezone }) => timezone,
      take: (timezone, answers) => taken({ ...answers, timezone }),
    },
    {
      option: "user",
      isAsked: always,
      prompt: "Your login name on the sensor",
      answer: ({ user }) => user,
      take: (user, answers) => taken({ ...answers, user }),
    },
    {
      option: "ssh-port",
      isAsked: always,
      prompt: "Port for this login",
      answer: ({ sshPort }) => String(sshPort),
      take: (text, answers) => taken({ ...answers, sshPort: numberOr(text) }),
    },
    {
      option: "allow-from",
      isAsked: always,
      about: () =>
        `Networks that can reach this port: networks or addresses like 198.51.100.0/24, separated by spaces, or the word anywhere. Login always requires a key. ${here === undefined ? "" : `You are logged in to this machine from ${here}. `}If your address changes later, add the new one and run \`sensorbake apply\` from an address that is still listed. With DShield, a sensor without a login for a week opens this port to every network for an hour (admin.rescue).`,
      prompt: "Networks",
      answer: ({ allowFrom }) => (allowFrom === "anywhere" ? allowFrom : allowFrom.join(" ")),
      suggestion: () => here,
      offer: "ask",
      offered: () => "The word ask makes sensorbake ask www4.dshield.org for your public address.",
      take: (text, answers) => taken({ ...answers, allowFrom: text === "anywhere" ? text : wordsOf(text) }),
    },
    {
      option: "restrict-egress",
      isAsked: ({ sensors }) => sensors.some(({ target }) => target !== "pi"),
      about: () =>
        `An attacker who breaks out of the honeypot acts as its users. With yes, these users can reach only web, name and time servers, and no machine in your network.`,
      prompt: "Restrict outgoing traffic of the honeypot",
      choices: yesAndNo,
      answer: ({ egress }) => (egress === "restricted" ? "yes" : "no"),
      take: (text, answers) =>
        yesOrNo(text, (isYes) => taken({ ...answers, egress: isYes ? "restricted" : "open" })),
    },
  ];
}
