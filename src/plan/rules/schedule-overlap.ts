import { Cron } from "croner";
import type { Rule } from "../rule.ts";

/** A backup is given this long before its archives are fetched away. */
const minutesForBackup = 30;

/** Runs of the backup that are looked at: more than a year of a daily one. */
const runsToCompare = 400;

/** The transfer should find finished archives: it starts well after the backup. */
export const scheduleOverlap: Rule = ({ plan, settings }) => {
  const transfer = settings.transfer?.schedule;
  if (transfer === undefined || !overlaps(plan.backup.schedule, transfer)) return [];
  return [
    {
      code: "schedule/overlap",
      at: ["transfer", "schedule"],
      message: `the transfer starts within ${minutesForBackup} minutes of the backup ("${plan.backup.schedule}")`,
      hint: "start it an hour after the backup",
    },
  ];
};

const known = new Map<string, boolean>();

function overlaps(backup: string, transfer: string): boolean {
  const pair = `${backup}\n${transfer}`;
  const answer =
    known.get(pair) ??
    compare(new Cron(backup, { timezone: "Etc/UTC" }), new Cron(transfer, { timezone: "Etc/UTC" }));
  known.set(pair, answer);
  return answer;
}

function compare(backup: Cron, transfer: Cron): boolean {
  let run = backup.nextRun(new Date("2026-01-01T00:00:00Z"));
  for (let count = 0; run && count < runsToCompare; count++) {
    const next = transfer.nextRun(new Date(run.getTime() - 1000));
    if (next && next.getTime() - run.getTime() < minutesForBackup * 60_000) return true;
    run = backup.nextRun(run);
  }
  return false;
}
