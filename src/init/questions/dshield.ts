import { always, numberOr, type Question, taken, yesAndNo, yesOrNo } from "../question.ts";

const unknownAccount = { email: undefined, userId: undefined } as const;

/** The questions about DShield and its account. */
export const dshieldQuestions: readonly Question[] = [
  {
    option: "dshield",
    isAsked: always,
    about: () =>
      "The first boot can install DShield. Answer no if it is already installed or will be installed later.",
    prompt: "Install DShield",
    choices: yesAndNo,
    answer: ({ dshield }) => (dshield === undefined ? "no" : "yes"),
    suggestion: () => "yes",
    take: (text, answers) =>
      yesOrNo(text, (isYes) =>
        taken({ ...answers, dshield: isYes ? { ...unknownAccount, ...answers.dshield } : undefined }),
      ),
  },
  {
    option: "dshield-email",
    isAsked: ({ dshield }) => dshield !== undefined,
    about: () =>
      "DShield reports for an account, which is free: https://isc.sans.edu/register.html. Log in, and https://isc.sans.edu/myaccount.html shows its e-mail address, number and API key.",
    prompt: "E-mail address of the account",
    answer: ({ dshield }) => dshield?.email,
    take: (email, answers) =>
      taken({ ...answers, dshield: { ...unknownAccount, ...answers.dshield, email } }),
  },
  {
    option: "dshield-user-id",
    isAsked: ({ dshield }) => dshield !== undefined,
    prompt: "Number of the account (userid)",
    answer: ({ dshield }) => dshield?.userId?.toString(),
    take: (text, answers) =>
      taken({ ...answers, dshield: { ...unknownAccount, ...answers.dshield, userId: numberOr(text) } }),
  },
];
