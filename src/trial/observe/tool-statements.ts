import { analysers } from "../../plan/analysers.ts";
import type { Plan } from "../../plan/plan.ts";
import { shownRef } from "../../plan/repositories.ts";
import { inWords } from "./in-words.ts";
import type { PromiseId, Statement } from "./promise.ts";

/** The promises about the analysis tools. */
export type ToolPromiseId = Extract<PromiseId, `tool-${string}` | "cowrieprocessor" | "json-log-country">;

/** What the settings promise of the analysis tools; `undefined`: nothing. */
export const toolStatements: Readonly<Record<ToolPromiseId, (plan: Plan) => Statement>> = {
  "tool-clones": (plan) => {
    const clones = analysers(plan).map(({ name, ref }) => `${name} at ${shownRef(ref)}`);
    return clones.length === 0
      ? undefined
      : [`the first boot clones ${inWords(clones)}`, "git in /opt/honeypot/src", "tools"];
  },
  "tool-timetable": (plan) => {
    const runs = analysers(plan).map(({ name, schedule }) => `${name} at "${schedule}"`);
    return runs.length === 0 ? undefined : [`cron runs ${inWords(runs)}`, "/etc/cron.d/honeypot", "tools"];
  },
  cowrieprocessor: ({ tools }) =>
    tools?.cowrieprocessor === undefined
      ? undefined
      : ["cowrieprocessor reports on the SSH and telnet sessions of a day", runOfTool, "reports"],
  "tool-queries": ({ tools }) => {
    const { email = "", virustotal, urlhaus, spur } = tools?.cowrieprocessor ?? {};
    const services = [
      ...(email === "" ? [] : ["DShield"]),
      ...(virustotal === undefined ? [] : ["VirusTotal"]),
      ...(urlhaus === undefined ? [] : ["URLhaus"]),
      ...(spur === undefined ? [] : ["Spur"]),
    ];
    return services.length === 0
      ? undefined
      : [`cowrieprocessor queries ${inWords(services)}`, "their answers in a report", "queries"];
  },
  "json-log-country": ({ tools }) =>
    tools?.jsonLogCountry === undefined
      ? undefined
      : ["json_log_country charts the countries of the web honeypot's visitors", runOfTool, "reports"],
};

const runOfTool = "a run on the logs of the attacks";
