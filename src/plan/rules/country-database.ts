import type { Finding, Rule } from "../rule.ts";

/** Requires a complete account for the database of countries. */
export const countryDatabase: Rule = ({ settings }) => {
  const tool = settings.tools.json_log_country;
  if (tool === undefined) return [];
  const at = ["tools", "json_log_country"];
  const account = tool.geolite2;
  if (account === undefined)
    return [
      {
        code: "tools/no-database",
        at,
        message: "without geolite2 the sensor cannot download the database of countries",
        hint: "add geolite2: {account_id: ..., license_key: {env: MAXMIND_LICENSE_KEY}}; the account is free",
      },
    ];
  return (["account_id", "license_key"] as const)
    .filter((key) => account[key] === undefined)
    .map(
      (key): Finding => ({
        code: "settings/missing-key",
        at: [...at, "geolite2", key],
        message: `${key} is missing; a MaxMind account needs account_id and license_key`,
      }),
    );
};
