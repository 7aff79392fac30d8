import type { Finding, Rule } from "../rule.ts";

/** Requires the parts without which a channel cannot send, and both or neither of a mail server's user and password. */
export const notifyChannels: Rule = ({ settings }) => {
  const { heartbeat, webhook, mail } = settings.notify ?? {};
  const needed: readonly (readonly [channel: string, given: object | undefined, keys: Needed])[] = [
    ["heartbeat", heartbeat, { url: "the URL to request" }],
    ["webhook", webhook, { url: "the URL to post to" }],
    ["mail", mail, { host: "the mail server", from: "the sender", to: "the recipients" }],
  ];
  const missing = needed.flatMap(([channel, given, keys]) =>
    given === undefined
      ? []
      : Object.entries(keys)
          .filter(([key]) => !(key in given))
          .map(([key, meaning]) => missingKey([channel, key], `${key} is missing; it is ${meaning}`)),
  );
  const login = mail?.user === undefined ? "password" : "user";
  const other = login === "user" ? "password" : "user";
  if (mail?.[login] !== undefined && mail[other] === undefined)
    missing.push(missingKey(["mail", other], `${other} is missing; a login needs ${login} and ${other}`));
  if (webhook?.format === "matrix" && webhook.token === undefined)
    missing.push(
      missingKey(["webhook", "token"], "token is missing; it is the access token of the Matrix account"),
    );
  return missing;
};

type Needed = Readonly<Record<string, string>>;

function missingKey(at: readonly string[], message: string): Finding {
  return { code: "settings/missing-key", at: ["notify", ...at], message };
}
