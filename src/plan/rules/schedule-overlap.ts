import { calendar, readCron, runsOn } from "../../values/cron-times.ts";
import type { Rule } from "../rule.ts";

/** Minutes allowed for a backup before the transfer starts. */
const minutesForBackup = 30;

const minutesPerDay = 1440;

/** Warns about a transfer soon after the backup, because the archives may not be finished. */
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

/** Whether a transfer follows a backup too soon, on the same day or shortly after midnight. */
function compare(backup: string, transfer: string): boolean {
  const [backups, transfers] = [readCron(backup), readCron(transfer)];
  const isSoon = (minutes: number) => minutes >= 0 && minutes < minutesForBackup;
  return [0, 1].some(
    (daysLater) =>
      backups.minutes.some((made) =>
        transfers.minutes.some((sent) => isSoon(sent + daysLater * minutesPerDay - made)),
      ) && doBothRun(daysLater),
  );

  function doBothRun(daysLater: number): boolean {
    if (backups.isDaily && transfers.isDaily) return true;
    const days = calendar();
    return days.some((day, index) => {
      const later = days[(index + daysLater) % days.length];
      return runsOn(backups, day) && later !== undefined && runsOn(transfers, later);
    });
  }
}
