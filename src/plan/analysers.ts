import type { Plan } from "./plan.ts";

/** An analysis tool that the sensor runs. */
export type Analyser = {
  /** The name in the settings, on the sensor's disk and in its status. */
  readonly name: "cowrieprocessor" | "json_log_country";
  readonly url: string;
  readonly ref: string;
  /** Five cron fields. */
  readonly schedule: string;
  /** Debian package names. */
  readonly packages: readonly string[];
};

/** The sensor's analysis tools. Add a new one here. */
export function analysers({ tools }: Pick<Plan, "tools">): readonly Analyser[] {
  const { cowrieprocessor, jsonLogCountry } = tools ?? {};
  const found: Analyser[] = [];
  if (cowrieprocessor)
    found.push({
      name: "cowrieprocessor",
      schedule: cowrieprocessor.schedule,
      ref: cowrieprocessor.ref,
      url: "https://github.com/jslagrew/cowrieprocessor",
      // It imports all three before it parses its arguments (process_cowrie.py:1, :15).
      packages: ["python3-dropbox", "python3-requests", "python3-setuptools"],
    });
  if (jsonLogCountry)
    found.push({
      name: "json_log_country",
      schedule: jsonLogCountry.schedule,
      ref: jsonLogCountry.ref,
      url: "https://github.com/justin-leibach/JSON-Log-Country",
      packages: [
        "python3-geoip2",
        "python3-matplotlib",
        "python3-numpy",
        "python3-openpyxl",
        "python3-pandas",
        "python3-pil",
        ...(jsonLogCountry.licenseKey ? ["ca-certificates", "curl"] : []),
      ],
    });
  return found;
}
