import type { Finding, Rule } from "../rule.ts";

const account = ["email", "user_id", "api_key"] as const;

/** Requires a complete account to install DShield, and warns about an unused account. */
export const dshieldAccount: Rule = ({ settings, writerOf }) => {
  const { dshield } = settings;
  const at = (key: string) => ["dshield", key];
  if (!dshield.install) {
    const key = account.find((name) => dshield[name] !== undefined);
    if (key === undefined || writerOf(at("install")) !== "built-in") return [];
    return [
      {
        code: "dshield/not-installed",
        at: at(key),
        message: `the first boot does not install DShield, and ${key} has no effect`,
        hint: "add install: true or install: false",
      },
    ];
  }
  return account
    .filter((key) => dshield[key] === undefined)
    .map(
      (key): Finding => ({
        code: "settings/missing-key",
        at: at(key),
        message: `${key} is missing; DShield reports for an account: email, user_id and api_key`,
        hint: "see https://isc.sans.edu/myaccount.html for all three",
      }),
    );
};
