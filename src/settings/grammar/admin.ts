import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted, visible } from "../../diagnostics/visible.ts";
import { yamlWord } from "../../diagnostics/yaml-word.ts";
import { complainOfNetwork } from "../../values/addresses.ts";
import { complainOfFileName } from "../../values/file-name.ts";
import { complainOfUserName } from "../../values/names.ts";
import { complainOfSshPublicKey, looksLikeFile } from "../../values/ssh-public-key.ts";
import { forms, group, type LeafComplaint, list, text, wholeNumber } from "../leaf.ts";
import { checkText } from "./check-text.ts";

/** A public key in the settings: the line itself, or a file of such lines. */
export type WrittenKey = string | { readonly file: string };

/** The rescue of an admin who cannot log in. */
export type WrittenRescue = "off" | { readonly after_minutes?: number; readonly open_minutes?: number };

const minutes = { type: "integer", minimum: 5, maximum: 1440 };

/** The admin account and its access. */
export function adminGrammar() {
  return group("The admin account: its name, keys, port, and the networks that can reach it.", {
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
      { description: "Port of the sensor's own sshd; port 22 belongs to the honeypot.", examples: [12222] },
      1,
      65_535,
    ),
    ssh_keys: list(
      {
        description: "Public keys that may log in, each as text or as {file: path}. At least one.",
      },
      forms<WrittenKey>(
        {
          takes: "an SSH public key, or {file: path}",
          description: "The line of a .pub file, or {file: path} with a path relative to the settings file.",
          examples: [{ file: "~/.ssh/id_ed25519.pub" }],
          schema: {
            anyOf: [
              { type: "string" },
              {
                type: "object",
                properties: {
                  file: { type: "string", description: "A .pub file, relative to the settings file." },
                },
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
          "Networks and addresses that can reach the admin port, or the word `anywhere`. At least one.",
        examples: [["198.51.100.0/24"], "anywhere"],
        schema: { anyOf: [{ const: "anywhere" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
      },
      complainOfAllowFrom,
    ),
    rescue: forms<WrittenRescue>(
      {
        takes: "off, or {after_minutes: N, open_minutes: N}",
        description:
          "Rescue for an admin whose network is not in `allow_from`. If no admin logs in within `after_minutes` (30) after a boot, the admin port opens to every network for `open_minutes` (60); login still needs a key. A login from `allow_from` keeps it closed until 7 days pass without another one. On EC2 the rescue cannot open the security group, which has the same networks. The default is on if DShield is installed or kept configured; `off` disables it.",
        examples: [{ after_minutes: 30, open_minutes: 60 }, "off"],
        schema: {
          anyOf: [
            { const: "off" },
            {
              type: "object",
              properties: {
                after_minutes: {
                  ...minutes,
                  description: "Minutes after a boot without a login; 30 by default.",
                },
                open_minutes: {
                  ...minutes,
                  description: "Minutes for which the port is open; 60 by default.",
                },
              },
              additionalProperties: false,
            },
          ],
        },
      },
      complainOfRescue,
    ),
  });
}

function complainOfKey(value: unknown): readonly LeafComplaint[] {
  if (typeof value === "string")
    return checkText(value, (line) =>
      looksLikeFile(line) ? nameOfFile(line) : complainOfSshPublicKey(line),
    );
  if (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).join() === "file" &&
    "file" in value &&
    typeof value.file === "string"
  )
    return checkText(value.file, complainOfFileName);
  return [{ message: "write the line of a .pub file, or {file: path}", isWrongType: true }];
}

function nameOfFile(file: string): Complaint {
  return {
    message: "this is the name of a file, not a key",
    hint: `write {file: ${file.length > 200 ? "..." : visible(file.trim())}}`,
  };
}

function complainOfRescue(value: unknown): readonly LeafComplaint[] {
  if (value === "off") return [];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ message: "rescue must be off, or {after_minutes: 30, open_minutes: 60}", isWrongType: true }];
  return Object.entries(value).flatMap(([key, item]): readonly LeafComplaint[] => {
    if (key !== "after_minutes" && key !== "open_minutes")
      return [{ path: [key], message: `rescue has after_minutes and open_minutes, not ${quoted(key)}` }];
    if (Number.isInteger(item) && item >= minutes.minimum && item <= minutes.maximum) return [];
    return [{ path: [key], message: `${key} must be a whole number from 5 to 1440` }];
  });
}

function complainOfAllowFrom(value: unknown): readonly LeafComplaint[] {
  if (value === "anywhere") return [];
  if (!Array.isArray(value))
    return [
      {
        message: "allow_from must be a list of networks, or the word anywhere",
        ...(typeof value === "string" &&
          (meansAnywhere(value) || /^(0\.0\.0\.0(\/0)?|::\/0)$/.test(value)
            ? { hint: "write allow_from: anywhere to allow every network", fix: "anywhere" }
            : {
                hint: "put brackets around it: [198.51.100.0/24]",
                ...(!/[\s,]/.test(value) && { fix: `[${yamlWord(value)}]` }),
              })),
        isWrongType: true,
      },
    ];
  return value.flatMap((item: unknown, index): readonly LeafComplaint[] => {
    const complaints: readonly LeafComplaint[] =
      typeof item === "string"
        ? item === "anywhere"
          ? [{ message: "anywhere cannot be in a list", hint: "write allow_from: anywhere" }]
          : meansAnywhere(item)
            ? [
                {
                  message: `${quoted(item)} is not a network`,
                  hint: "write allow_from: anywhere to allow every network",
                },
              ]
            : checkText(item, (network) =>
                complainOfNetwork(network, "write allow_from: anywhere to allow every network"),
              )
        : [{ message: "a network must be text like 198.51.100.0/24", isWrongType: true }];
    return complaints.map((complaint) => ({ ...complaint, path: [index] }));
  });
}

function meansAnywhere(written: string): boolean {
  return /^(\*|all|any|everybody|everyone|everything|everywhere|internet|world)$/i.test(written.trim());
}
