import { parseReport, type SensorReport } from "../../machines/sensor-report.ts";
import type { Finding, Guest } from "./ask.ts";
import type { Scene } from "./observers.ts";
import type { Part } from "./scope.ts";

/** Checks of `honeypot-status` that fail because a trial lacks the part. */
const checksOf: Readonly<Record<Part, readonly string[]>> = {
  dshield: [
    "dshield",
    "api key",
    "cowrie",
    "web-honeypot",
    "rsyslog",
    "port 2222",
    "port 2223",
    "port 8000",
    "port 8443",
    "last report",
    "firewall",
    "reapply",
    "update",
  ],
  siem: ["siem"],
  transfer: ["transfer", "transfer key", "sent archives"],
  notify: ["notify"],
  tools: ["cowrieprocessor", "json_log_country"],
  reports: [],
  queries: [],
};

/** The answer of honeypot-status; `undefined` if it is too long or not in its format. */
export async function askStatus(guest: Guest): Promise<SensorReport | undefined> {
  const { stdout } = await guest.run("timeout 240 honeypot-status --json || true\n");
  return stdout.length > 2 ** 18 ? undefined : parseReport(stdout.toString());
}

/** Asks for the sensor's own view. Only checks of parts that the trial lacks may fail. */
export async function observeStatus({ guest, plan, scope }: Scene): Promise<Finding> {
  const report = await askStatus(guest);
  if (report === undefined)
    return { observed: false, evidence: "the answer of honeypot-status is not in its format" };
  if (report.sensor !== plan.name)
    return { observed: false, evidence: `the answer is of another sensor: ${report.sensor}` };
  const excused = new Set(
    Object.entries(checksOf).flatMap(([part, names]) =>
      scope.absent[part as Part] === undefined ? [] : names,
    ),
  );
  const failed = report.checks.filter(({ status }) => status === "bad" || status === "waiting");
  const [first] = failed.filter(({ name }) => !excused.has(name));
  if (first !== undefined)
    return { observed: false, evidence: `${first.name}: ${first.message}`.slice(0, 300) };
  if (!report.healthy && failed.length === 0)
    return { observed: false, evidence: "it reports an unhealthy sensor without a reason" };
  const ignored = failed.map(({ name }) => name).join(", ");
  const evidence = `${report.checks.length} checks${ignored === "" ? "" : `, without ${ignored}`}`;
  return { observed: true, evidence };
}
