import { complainOfNetwork } from "../alphabets/addresses.ts";
import { complainOfFileName } from "../alphabets/file-name.ts";
import { complainOfUserName } from "../alphabets/names.ts";
import { complainOfSshPublicKey } from "../alphabets/ssh-public-key.ts";
import { forms, group, type LeafComplaint, list, text, wholeNumber } from "../leaf.ts";
import { checkText } from "./check-text.ts";

/** A public key as it is written: the line itself, or a file of such lines. */
export type WrittenKey = string | { readonly file: string };

/** The one account for people, and the ways to it. */
export function adminGrammar() {
  return group("The account for people: its name, its keys, its port, and who may reach it.", {
    user: text(
      {
        takes: "a user name",
        description: "Login name of the admin user.",
        examples: ["analyst"],
        schema: { pattern: "^[a-z_][a-z0-9_-]{0,31}$" },
      },
      complainOfUserName,
    ),
    ssh_port: wholeNumber(
      { description: "Port where the real sshd listens; the honeypot has port 22.", examples: [12222] },
      1,
      65_535,
    ),
    ssh_keys: list(
      {
        description:
          "Public keys that may log in, each as text or as {file: path} of such lines. At least one.",
      },
      forms<WrittenKey>(
        {
          takes: "an ssh public key, or {file: path}",
          description:
            "The line of a .pub file, or {file: path} of such a file, relative to the settings file.",
          examples: [{ file: "~/.ssh/id_ed25519.pub" }],
          schema: {
            anyOf: [
              { type: "string" },
              {
                type: "object",
                properties: { file: { type: "string" } },
                required: ["file"],
                additionalProperties: false,
              },
            ],
          },
        },
        complainOfKey,
      ),
    ),
    allow_from: forms<"anywhere" | readonly string[]>(
      {
        takes: "a list of networks, or the word anywhere",
        description:
          "Who may reach the admin port: networks and addresses, or the explicit word `anywhere`. At least one.",
        examples: [["198.51.100.0/24"], "anywhere"],
        schema: { anyOf: [{ const: "anywhere" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
      },
      complainOfAllowFrom,
    ),
  });
}

function complainOfKey(value: unknown): readonly LeafComplaint[] {
  if (typeof value === "string") return checkText(value, complainOfSshPublicKey);
  if (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).join() === "file" &&
    "file" in value &&
    typeof value.file === "string"
  )
    return checkText(value.file, complainOfFileName);
  return [{ message: "a key is the line of a .pub file, or {file: path} of it", isWrongType: true }];
}

function complainOfAllowFrom(value: unknown): readonly LeafComplaint[] {
  if (value === "anywhere") return [];
  if (!Array.isArray(value))
    return [
      {
        message: "allow_from takes a list of networks, or the word anywhere",
        ...(typeof value === "string" && { hint: "put brackets around it: [198.51.100.0/24]" }),
        isWrongType: true,
      },
    ];
  return value.flatMap((item: unknown, index): readonly LeafComplaint[] => {
    const complaints: readonly LeafComplaint[] =
      typeof item === "string"
        ? item === "anywhere"
          ? [{ message: "anywhere stands alone, not in a list", hint: "write allow_from: anywhere" }]
          : checkText(item, (network) =>
              complainOfNetwork(network, "write allow_from: anywhere, if that is meant"),
            )
        : [{ message: "a network is text like 198.51.100.0/24", isWrongType: true }];
    return complaints.map((complaint) => ({ ...complaint, path: [index] }));
  });
}
