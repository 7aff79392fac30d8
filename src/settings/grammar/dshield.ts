import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { complainOfApiKey } from "../../values/secret-value.ts";
import { choice, group, text, wholeNumber, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/**
 * The honeypot itself. Its installer reads these values as shell and as Python's ini at once
 * (`install.sh:1004`), and no quoting serves both: hence the narrow alphabets.
 */
export function dshieldGrammar() {
  return group("Whether and how the first boot installs DShield.", {
    install: yesNo({
      description: "`false`: DShield is there already, or comes later; everything is configured around it.",
    }),
    email: text(
      { takes: "an e-mail address", description: "Address of the DShield account." },
      complainOfEmail,
    ),
    user_id: wholeNumber({ description: "Number of the DShield account." }, 1, 2_147_483_647),
    api_key: secret(
      { description: "API key of the DShield account.", examples: [{ env: "DSHIELD_API_KEY" }] },
      complainOfApiKey,
    ),
    repository: text(
      { takes: "an https URL", description: "Where the installer is cloned from." },
      complainOfRepository,
    ),
    ref: ref("What is checked out; a commit or a tag stays the same."),
    check_api_key: yesNo({
      description:
        "Whether the service is asked about the API key before anything is installed; a refused key stops there, a service that does not answer does not.",
    }),
    certificate: group("Subject of the certificate that the honeypot shows to its visitors.", {
      country: text({ takes: "two capital letters", description: "Country.", examples: ["US"] }, (value) =>
        /^[A-Z]{2}$/.test(value)
          ? undefined
          : { message: `${quoted(value)} is no country code of two capital letters` },
      ),
      state: subject("State or province."),
      city: subject("City."),
      company: subject("Organisation."),
      department: subject("Part of the organisation."),
    }),
    telnet: yesNo({ description: "Whether the honeypot answers telnet." }),
    velociraptor: yesNo({ description: "Whether upstream's remote-administration agent stays installed." }),
    keep_configured: yesNo({
      description:
        "Whether what DShield's updates rewrite is put back: its firewall with your networks, `localcopy`, its timetable. Always where `install` is `true`; write `true` where DShield is there already, or comes later.",
    }),
    daily_reboot: text(
      {
        takes: "keep, off or HH:MM",
        description:
          "What becomes of upstream's daily reboot, which has a random time; HH:MM is the sensor's local time.",
        examples: ["keep", "off", "04:30"],
        schema: { pattern: "^(keep|off|([01][0-9]|2[0-3]):[0-5][0-9])$" },
      },
      complainOfDailyReboot,
    ),
    updates: choice(
      {
        description:
          "Whether DShield is updated by hand (`sudo /opt/honeypot/scripts/update-dshield.sh [REF]`) or once a week to the newest of the branch that `ref` names. It is backed up before, and what does not work is taken back.",
      },
      ["manual", "weekly"],
    ),
  });
}

/** What is checked out of a repository. */
export function ref(description: string) {
  return text({ takes: "a commit, a tag or a branch", description }, complainOfRef);
}

// The script that makes the certificate reads them as shell, and openssl parts them at slashes.
function subject(description: string) {
  return text({ takes: "a name", description }, (value) =>
    /^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9.])?$/.test(value)
      ? undefined
      : { message: `${quoted(value)} is not a name of letters, digits, blanks, ".", "_" and "-"` },
  );
}

function complainOfDailyReboot(value: string): Complaint | undefined {
  if (/^(keep|off|([01]\d|2[0-3]):[0-5]\d)$/.test(value)) return undefined;
  return { message: `${quoted(value)} is not keep, off or a time like 04:30` };
}

/** An address that shells, ini files and HTTP headers take alike. */
export function complainOfEmail(value: string): Complaint | undefined {
  if (
    value.length <= 254 &&
    /^[A-Za-z0-9][A-Za-z0-9._+-]*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/.test(value)
  )
    return undefined;
  return { message: `${quoted(value)} is no e-mail address of letters, digits, ".", "_", "+" and "-"` };
}

function complainOfRepository(value: string): Complaint | undefined {
  if (value.length > 1024) return { message: `a URL has at most 1024 characters, not ${value.length}` };
  if (
    /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._-]+)+\/?$/.test(value) &&
    !/\/\.\.?(\/|$)/.test(value)
  )
    return undefined;
  return {
    message: "a repository is an https URL without user, password, query and fragment",
    hint: "e.g. https://github.com/DShield-ISC/dshield",
  };
}

function complainOfRef(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(value) && !/\.\.|\/\/|\/$|\.$|\.lock$|\/\./.test(value))
    return undefined;
  return {
    message: `${quoted(value)} is no commit, tag or branch of letters, digits, ".", "_", "/" and "-"`,
  };
}
