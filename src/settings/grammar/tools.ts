import { complainOfToken } from "../../values/secret-value.ts";
import { group, text, wholeNumber } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";
import { schedule } from "./backup.ts";
import { complainOfEmail, ref } from "./dshield.ts";

/** Analysis tools that the sensor runs on its own logs; naming a tool enables it. */
export function toolsGrammar() {
  return group("Analysis tools that the sensor runs on its own logs; naming a tool enables it.", {
    memory_megabytes: wholeNumber({ description: "Maximum memory of a run, in megabytes." }, 128, 65_536),
    time_limit_minutes: wholeNumber({ description: "Maximum duration of a run, in minutes." }, 1, 1440),
    keep_days: wholeNumber({ description: "Days to keep reports on the sensor." }, 1, 3650),
    cowrieprocessor: group("A report on each day's cowrie sessions. Without keys it queries no service.", {
      schedule: schedule("Schedule in the sensor's time zone; at 1:30 by default."),
      ref: ref("Commit, tag or branch of the tool; a reviewed commit by default."),
      email: text(
        {
          takes: "an e-mail address",
          description: "Your address, for querying DShield about the networks of visitors.",
        },
        complainOfEmail,
      ),
      virustotal_api_key: token("API key for querying VirusTotal about downloads.", "VIRUSTOTAL_API_KEY"),
      urlhaus_api_key: token("API key for querying URLhaus about addresses.", "URLHAUS_API_KEY"),
      spur_api_key: token("API key for querying Spur about addresses.", "SPUR_API_KEY"),
    }),
    json_log_country: group("A chart and a table of the web honeypot's visitors by country.", {
      schedule: schedule("Schedule in the sensor's time zone; on Mondays at 1:45 by default."),
      ref: ref("Commit, tag or branch of the tool; a reviewed commit by default."),
      geolite2: group("MaxMind account, for downloading the database of countries each week.", {
        account_id: wholeNumber({ description: "Number of the account." }, 1, 2_147_483_647),
        license_key: token("Licence key of the account.", "MAXMIND_LICENSE_KEY"),
      }),
    }),
  });
}

function token(description: string, env: string) {
  return secret({ description, examples: [{ env }] }, complainOfToken);
}
