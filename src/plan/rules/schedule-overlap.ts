import { Cron } from "croner";
import type { Rule } from "../rule.ts";

/** A backup is given this long before its archives are fetched away. */
const minutesForBackup = 30;

const minute = 60_000;
const day = 1440 * minute;

/** The transfer should find finished archives: it starts well after the backup. */
export const scheduleOverlap: Rule = ({ plan }) => {
  const transfer = plan.transfer?.schedule;
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
  const answer = known.get(pair) ?? compare(backup, transfer);
  known.set(pair, answer);
  return answer;
}

/** Goes from one backup to the next through a year, or through two days when both run every day. */
function compare(backup: string, transfer: string): boolean {
  const start = Date.UTC(2026, 0, 1);
  const end = start + ([backup, transfer].every((schedule) => schedule.endsWith(" * * *")) ? 2 : 400) * day;
  // An offset of zero is the same as UTC, and many times faster in croner than its name.
  const [backups, transfers] = [new Cron(backup, { utcOffset: 0 }), new Cron(transfer, { utcOffset: 0 })];
  for (let after = start; after < end; ) {
    const sent = transfers.nextRun(new Date(after - 1000))?.getTime();
    const made = sent && backups.nextRun(new Date(sent - minutesForBackup * minute))?.getTime();
    if (!sent || !made) return false;
    if (made <= sent) return true;
    after = made;
  }
  return false;
}
