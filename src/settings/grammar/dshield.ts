import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { complainOfApiKey } from "../../values/secret-value.ts";
import { choice, group, text, wholeNumber, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/**
 * The honeypot itself. Its installer reads these values both as shell and as a Python ini file (`install.sh:1004`).
 * No quoting works for both, hence the narrow alphabets.
 */
export function dshieldGrammar() {
  return group("DShield's installation and its configuration.", {
    install: yesNo({
      description:
        "Whether the first boot installs DShield. `false`: DShield is already installed or will be installed later.",
    }),
    email: text(
      { takes: "an e-mail address", description: "Address of the DShield account." },
      complainOfEmail,
    ),
    user_id: wholeNumber({ description: "User ID of the DShield account, a number." }, 1, 2_147_483_647),
    api_key: secret(
      { description: "API key of the DShield account.", examples: [{ env: "DSHIELD_API_KEY" }] },
      complainOfApiKey,
    ),
    repository: text(
      { takes: "an https URL", description: "Repository of the installer." },
      complainOfRepository,
    ),
    ref: ref("Commit, tag or branch to install. The content of a commit never changes."),
    check_api_key: yesNo({
      description:
        "Whether the first boot checks the API key with DShield's service before the installation. A refused key stops the installation; an unreachable service does not.",
    }),
    certificate: group("Subject of the honeypot's TLS certificate.", {
      country: text({ takes: "two capital letters", description: "Country.", examples: ["US"] }, (value) =>
        /^[A-Z]{2}$/.test(value)
          ? undefined
          : { message: `${quoted(value)} is not a country code of two capital letters` },
      ),
      state: subject("State or province."),
      city: subject("City."),
      company: subject("Organisation."),
      department: subject("Department of the organisation."),
    }),
    telnet: yesNo({ description: "Whether the honeypot answers telnet." }),
    velociraptor: yesNo({ description: "Whether to install upstream's remote-administration agent." }),
    keep_configured: yesNo({
      description:
        "Whether the sensor restores configuration that DShield's updates overwrite: its firewall with your networks, `localcopy`, its timetable. Always on with `install: true`; set `true` if DShield is already installed or will be installed later.",
    }),
    daily_reboot: text(
      {
        takes: "keep, off or HH:MM",
        description: "Upstream's daily reboot: keep its random time, remove it, or set a local time.",
        examples: ["keep", "off", "04:30"],
        schema: { pattern: "^(keep|off|([01][0-9]|2[0-3]):[0-5][0-9])$" },
      },
      complainOfDailyReboot,
    ),
    updates: choice(
      {
        description:
          "Whether DShield is updated by hand (`sudo /opt/honeypot/scripts/update-dshield.sh [REF]`) or once a week to the newest commit of the branch in `ref`. A backup precedes each update, and a failed update is rolled back.",
      },
      ["manual", "weekly"],
    ),
  });
}

/** A commit, tag or branch of a repository. */
export function ref(description: string) {
  return text({ takes: "a commit, a tag or a branch", description }, complainOfRef);
}

// The script that creates the certificate reads them as shell, and openssl splits them at slashes.
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

/** An address that shells, ini files and HTTP headers accept. */
export function complainOfEmail(value: string): Complaint | undefined {
  if (
    value.length <= 254 &&
    /^[A-Za-z0-9][A-Za-z0-9._+-]*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/.test(value)
  )
    return undefined;
  return {
    message: `${quoted(value)} is not an e-mail address with only letters, digits, ".", "_", "+" and "-"`,
  };
}

function complainOfRepository(value: string): Complaint | undefined {
  if (value.length > 1024) return { message: `a URL has at most 1024 characters, not ${value.length}` };
  if (
    /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._-]+)+\/?$/.test(value) &&
    !/\/\.\.?(\/|$)/.test(value)
  )
    return undefined;
  return {
    message: "the repository must be an https URL without user, password, query and fragment",
    hint: "e.g. https://github.com/DShield-ISC/dshield",
  };
}

function complainOfRef(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(value) && !/\.\.|\/\/|\/$|\.$|\.lock$|\/\./.test(value))
    return undefined;
  return {
    message: `${quoted(value)} is not a commit, tag or branch with only letters, digits, ".", "_", "/" and "-"`,
  };
}
