import { complainOfToken } from "../../values/secret-value.ts";
import { group, text, wholeNumber } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";
import { schedule } from "./backup.ts";
import { complainOfEmail, ref } from "./dshield.ts";

/** Analysis tools that the sensor runs over its own logs; naming one switches it on. */
export function toolsGrammar() {
  return group("Analysis tools that the sensor runs over its own logs.", {
    memory_megabytes: wholeNumber(
      { description: "Most memory that a run may take, in megabytes." },
      128,
      65_536,
    ),
    time_limit_minutes: wholeNumber({ description: "Longest that a run may take, in minutes." }, 1, 1440),
    keep_days: wholeNumber({ description: "Days that reports are kept on the sensor." }, 1, 3650),
    cowrieprocessor: group("A report of each day's cowrie sessions. Without keys it asks nobody.", {
      schedule: schedule("When it runs, in the sensor's time zone; at 1:30 when absent."),
      ref: ref("What is checked out of it; a commit that we have read when absent."),
      email: text(
        {
          takes: "an e-mail address",
          description: "DShield is asked about the networks of addresses, with this address of yours.",
        },
        complainOfEmail,
      ),
      virustotal_api_key: token(
        "API key of VirusTotal, which is asked about downloads.",
        "VIRUSTOTAL_API_KEY",
      ),
      urlhaus_api_key: token("API key of URLhaus, which is asked about addresses.", "URLHAUS_API_KEY"),
      spur_api_key: token("API key of Spur, which is asked about addresses.", "SPUR_API_KEY"),
    }),
    json_log_country: group(
      "A chart and a table of the countries that the web honeypot's visitors come from.",
      {
        schedule: schedule("When it runs, in the sensor's time zone; on Mondays at 1:45 when absent."),
        ref: ref("What is checked out of it; a commit that we have read when absent."),
        geolite2: group(
          "Account at MaxMind, from which the sensor gets its database of countries each week.",
          {
            account_id: wholeNumber({ description: "Number of the account." }, 1, 2_147_483_647),
            license_key: token("Licence key of the account.", "MAXMIND_LICENSE_KEY"),
          },
        ),
      },
    ),
  });
}

function token(description: string, env: string) {
  return secret({ description, examples: [{ env }] }, complainOfToken);
}
