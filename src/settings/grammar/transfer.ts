import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { canonicalAddress } from "../../values/addresses.ts";
import { complainOfHostName } from "../../values/names.ts";
import { complainOfPrivateKey } from "../../values/secret-value.ts";
import { complainOfSshPublicKey, plainKinds } from "../../values/ssh-public-key.ts";
import { forms, group, type LeafComplaint, text, wholeNumber, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";
import { schedule } from "./backup.ts";
import { checkText } from "./check-text.ts";

/** Where the archives go by SFTP. */
export function transferGrammar() {
  return group("The server that archives are sent to by SFTP.", {
    host: text(
      { takes: "a host name or an address", description: "The server.", examples: ["backups.example.org"] },
      complainOfServer,
    ),
    port: wholeNumber({ description: "Its ssh port; 22 when absent." }, 1, 65_535),
    user: text(
      {
        takes: "a login name",
        description: "The login on the server; {sensor} stands for the sensor's name.",
        examples: ["sensor-{sensor}"],
      },
      complainOfRemoteUser,
    ),
    path: text(
      {
        takes: "a path",
        description: "The directory on the server; {sensor} stands for the sensor's name.",
        examples: ["/srv/backups/{sensor}"],
      },
      complainOfRemotePath,
    ),
    host_key: forms<string | readonly string[]>(
      {
        takes: "an ssh public key, or a list of them",
        description: "The server's host keys, pinned: another key is refused.",
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
      description: "The sensor makes its own key at first boot, instead of `private_key`.",
    }),
    schedule: schedule("When the transfer runs, in the sensor's time zone; at 4:00 when absent."),
    bandwidth_limit: wholeNumber(
      { description: "Most kilobits a second that the transfer uses; all there are when absent." },
      8,
      10_000_000,
    ),
    keep_days: wholeNumber(
      {
        description:
          "Days that archives are kept on the server, the newest of each set always; for ever when absent.",
      },
      1,
      3650,
    ),
  });
}

/** Complains of what is neither a host name nor an address. */
export function complainOfServer(value: string): Complaint | undefined {
  return canonicalAddress(value) === undefined ? complainOfHostName(value) : undefined;
}

// Hosters give logins like sensor@example.org; OpenSSH takes the last @ as the end of the login.
function complainOfRemoteUser(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}$/.test(withSensor(value))) return undefined;
  return {
    message: `${quoted(value)} is not a login name of letters, digits, ".", "_", "@", "+" and "-"`,
    hint: "the only placeholder is {sensor}",
  };
}

// transfer.sh puts the path between double quotes, where OpenSSH's sftp gives a meaning to " \ and to the signs of patterns.
function complainOfRemotePath(value: string): Complaint | undefined {
  // What a chroot often is.
  if (value === "/") return undefined;
  if (value.length > 1024) return { message: `a path has at most 1024 characters, not ${value.length}` };
  const inner = withSensor(value);
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

function withSensor(value: string): string {
  return value.replaceAll("{sensor}", "sensor");
}

function complainOfHostKeys(value: unknown): readonly LeafComplaint[] {
  const check = (key: unknown): readonly LeafComplaint[] =>
    typeof key === "string"
      ? checkText(key, (line) => complainOfSshPublicKey(line, plainKinds))
      : [{ message: "a host key is text like ssh-ed25519 AAAA...", isWrongType: true }];
  if (!Array.isArray(value)) return check(value);
  if (value.length === 0)
    return [
      {
        message: "the list of host keys is empty",
        hint: "`sensorbake known-host HOST` prints them; compare them with what the owner of the server reads to you",
      },
    ];
  return value.flatMap((key: unknown, index) =>
    check(key).map((complaint) => ({ ...complaint, path: [index] })),
  );
}
