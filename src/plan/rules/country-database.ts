import type { Finding, Rule } from "../rule.ts";

/** Countries are looked up in a database, which takes an account that is whole. */
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
        message: "without geolite2 the sensor gets no database of countries",
        hint: "write geolite2: {account_id: ..., license_key: {env: MAXMIND_LICENSE_KEY}}; the account is free",
      },
    ];
  return (["account_id", "license_key"] as const)
    .filter((key) => account[key] === undefined)
    .map(
      (key): Finding => ({
        code: "settings/missing-key",
        at: [...at, "geolite2", key],
        message: `${key} is missing; an account at MaxMind is account_id and license_key`,
      }),
    );
};
