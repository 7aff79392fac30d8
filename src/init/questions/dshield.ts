import { always, numberOr, type Question, taken, yesOrNo } from "../question.ts";

// Placeholder until the account is known.
const anyAccount = { email: "analyst@example.org", userId: 1 } as const;

/** The questions about DShield and its account. */
export const dshieldQuestions: readonly Question[] = [
  {
    option: "dshield",
    isAsked: always,
    about: () =>
      "The first boot can install DShield. Answer no if it is already installed or will be installed later.",
    prompt: "Install DShield",
    preset: () => "yes",
    unasked: "no",
    take: (text, answers) =>
      yesOrNo(text, (isYes) => taken({ ...answers, dshield: isYes ? anyAccount : undefined })),
  },
  {
    option: "dshield-email",
    isAsked: ({ dshield }) => dshield !== undefined,
    about: () =>
      "DShield reports for an account, which is free: https://isc.sans.edu/register.html. Log in, and https://isc.sans.edu/myaccount.html shows its e-mail address, number and API key.",
    prompt: "E-mail address of the account",
    preset: () => undefined,
    take: (email, answers) => taken({ ...answers, dshield: { ...anyAccount, ...answers.dshield, email } }),
  },
  {
    option: "dshield-user-id",
    isAsked: ({ dshield }) => dshield !== undefined,
    prompt: "Number of the account (userid)",
    preset: () => undefined,
    take: (text, answers) =>
      taken({ ...answers, dshield: { ...anyAccount, ...answers.dshield, userId: numberOr(text) } }),
  },
];
