import { complainOfAgeRecipient } from "../../values/age-recipient.ts";
import { complainOfSchedule } from "../../values/schedule.ts";
import { complainOfPassword } from "../../values/secret-value.ts";
import { choice, fullList, group, list, text, wholeNumber } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/** What a schedule setting says of itself. */
export function schedule(description: string) {
  return text(
    { takes: "five fields of cron, in quotes", description, examples: ["0 3 * * *"] },
    complainOfSchedule,
  );
}

/** What is archived, when, and how it is locked. */
export function backupGrammar() {
  return group("What is archived on the sensor, when, and how it is locked.", {
    schedule: schedule("When the backup runs, in the sensor's time zone."),
    sets: fullList(
      {
        description:
          "What is archived: home directories, our logs, DShield's tree without secrets, its logs, crontabs, captures.",
      },
      choice({ description: "One set of files." }, [
        "home",
        "logs",
        "srv",
        "dshield_logs",
        "crontabs",
        "dumps",
      ]),
    ),
    format: choice(
      {
        description:
          "`zip` and `7z` take a password; `tar.zst` is encrypted with age to the keys of `encrypt_to`.",
      },
      ["zip", "7z", "tar.zst"],
    ),
    password: secret(
      {
        description:
          "Password of zip and 7z archives. `infected` is the convention that keeps malware from being run by accident, not a secret.",
        examples: ["infected", { env: "BACKUP_PASSWORD" }],
      },
      complainOfPassword,
    ),
    encrypt_to: list(
      {
        description:
          "Public keys that can open `tar.zst` archives: age recipients, ssh-ed25519 or ssh-rsa keys.",
      },
      text({ takes: "an age recipient", description: "A public key." }, complainOfAgeRecipient),
    ),
    keep_days: wholeNumber(
      { description: "Days that archives are kept on the sensor, if the disk allows." },
      1,
      3650,
    ),
  });
}
