import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { complainOfServer } from "../../values/endpoint.ts";
import { complainOfPrivateKey } from "../../values/secret-value.ts";
import { complainOfSshPublicKey, plainKinds } from "../../values/ssh-public-key.ts";
import { forms, group, type LeafComplaint, text, wholeNumber, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";
import { withName } from "../sensor-names.ts";
import { schedule } from "./backup.ts";
import { checkText } from "./check-text.ts";

/** The SFTP server for the archives. */
export function transferGrammar() {
  return group("The SFTP server to which the sensor sends its archives.", {
    host: text(
      { takes: "a host name or an address", description: "The server.", examples: ["backups.example.org"] },
      complainOfServer,
    ),
    port: wholeNumber({ description: "SSH port of the server; 22 by default." }, 1, 65_535),
    user: text(
      {
        takes: "a login name",
        description: "Login on the server; {sensor} is replaced with the sensor's name.",
        examples: ["sensor-{sensor}"],
      },
      complainOfRemoteUser,
    ),
    path: text(
      {
        takes: "a path",
        description: "Directory on the server; {sensor} is replaced with the sensor's name.",
        examples: ["/srv/backups/{sensor}"],
      },
      complainOfRemotePath,
    ),
    host_key: forms<string | readonly string[]>(
      {
        takes: "an SSH public key, or a list of them",
        description: "The server's pinned host keys; the sensor refuses any other key.",
        schema: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
      },
      complainOfHostKeys,
    ),
    private_key: secret(
      { description: "The sensor's private key, without a passphrase.", examples: [{ file: "keys/backup" }] },
      complainOfPrivateKey,
      true,
    ),
    generate_key: yesNo({
      description: "Whether the sensor generates its own key at its first boot, instead of `private_key`.",
    }),
    schedule: schedule("Schedule of the transfer, in the sensor's time zone; at 4:00 by default."),
    bandwidth_limit: wholeNumber(
      { description: "Maximum kilobits per second of the transfer; unlimited by default." },
      8,
      10_000_000,
    ),
    keep_days: wholeNumber(
      {
        description:
          "Days to keep archives on the server; forever by default. The newest archive of each set is always kept.",
      },
      1,
      3650,
    ),
  });
}

// Some providers use logins like sensor@example.org; OpenSSH treats the last @ as the end of the login.
function complainOfRemoteUser(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}$/.test(withName(value, "sensor"))) return undefined;
  return {
    message: `${quoted(value)} is not a login name of letters, digits, ".", "_", "@", "+" and "-"`,
    hint: "the only placeholder is {sensor}",
  };
}

// transfer.sh puts the path between double quotes, where OpenSSH's sftp interprets " \ and pattern characters.
function complainOfRemotePath(value: string): Complaint | undefined {
  // Common in a chroot.
  if (value === "/") return undefined;
  if (value.length > 1024) return { message: `a path has at most 1024 characters, not ${value.length}` };
  const inner = withName(value, "sensor");
  if (
    /^\/?[\p{L}\p{M}\p{N} ._+@=,()&#':-]+(\/[\p{L}\p{M}\p{N} ._+@=,()&#':-]+)*\/?$/u.test(inner) &&
    !/^-|^ | $/.test(inner) &&
    !inner.split("/").includes("..")
  )
    return undefined;
  return {
    message: `${quoted(value)} is not a path of letters, digits, blanks and . _ + @ = , ( ) & # ' : - between slashes`,
    hint: inner.startsWith("~/")
      ? `write ${value.slice(2)}: a path without a slash in front begins in the login's home`
      : "the only placeholder is {sensor}",
  };
}

function complainOfHostKeys(value: unknown): readonly LeafComplaint[] {
  const check = (key: unknown): readonly LeafComplaint[] =>
    typeof key === "string"
      ? checkText(key, (line) => complainOfSshPublicKey(line, plainKinds))
      : [{ message: "a host key must be text like ssh-ed25519 AAAA...", isWrongType: true }];
  if (!Array.isArray(value)) return check(value);
  if (value.length === 0)
    return [
      {
        message: "the list of host keys is empty",
        hint: "`sensorbake known-host HOST` prints them; compare the fingerprints with the server's owner",
      },
    ];
  return value.flatMap((key: unknown, index) =>
    check(key).map((complaint) => ({ ...complaint, path: [index] })),
  );
}
