import { complainOfAgeRecipient } from "../../values/age-recipient.ts";
import { complainOfSchedule } from "../../values/schedule.ts";
import { complainOfPassword } from "../../values/secret-value.ts";
import { choice, fullList, group, list, text, wholeNumber } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/** A schedule setting. */
export function schedule(description: string) {
  return text(
    { takes: "five fields of cron, in quotes", description, examples: ["0 3 * * *"] },
    complainOfSchedule,
  );
}

/** The backup's sets, schedule and encryption. */
export function backupGrammar() {
  return group("Archives on the sensor: content, schedule and encryption.", {
    schedule: schedule("Schedule of the backup, in the sensor's time zone."),
    sets: fullList(
      {
        description:
          "Backup sets: `home` (home directories), `logs` (collected logs and files), `srv` (DShield's tree without secrets), `dshield_logs` (firewall log), `crontabs`, `dumps` (captures).",
      },
      choice({ description: "A backup set." }, ["home", "logs", "srv", "dshield_logs", "crontabs", "dumps"]),
    ),
    format: choice(
      {
        description:
          "`zip` and `7z` use a password; `tar.zst` is encrypted with age to the keys in `encrypt_to`.",
      },
      ["zip", "7z", "tar.zst"],
    ),
    password: secret(
      {
        description:
          "Password of zip and 7z archives. `infected` is a convention that prevents malware from being run by accident, not a secret.",
        examples: ["infected", { env: "BACKUP_PASSWORD" }],
      },
      complainOfPassword,
    ),
    encrypt_to: list(
      {
        description:
          "Public keys whose owners can decrypt `tar.zst` archives: age recipients, ssh-ed25519 or ssh-rsa keys.",
      },
      text({ takes: "an age recipient", description: "A public key." }, complainOfAgeRecipient),
    ),
    keep_days: wholeNumber(
      { description: "Days to keep archives on the sensor, if the disk has space." },
      1,
      3650,
    ),
  });
}
