/** What is said about one kind of problem wherever it occurs: in the docs, in `--format json`, in the exit code. */
export type CodeFacts = {
  readonly severity: "error" | "warning";
  /** One sentence for the documentation. */
  readonly summary: string;
  /** The disk failed, not the author of the settings: the exit code is 3 instead of 1. */
  readonly isOutside?: true;
};

/**
 * Every problem that can be reported, the closed set. Adding one is adding an entry here and a pair
 * `test/errors/<code>.yaml` and `.out`; the test runner fails on a code without a pair.
 */
export const codes = {
  "source/missing": {
    severity: "error",
    summary: "The settings file does not exist, or went away while it was being read.",
    isOutside: true,
  },
  "source/unreadable": {
    severity: "error",
    summary: "The settings file exists and cannot be read.",
    isOutside: true,
  },
  "source/not-a-file": {
    severity: "error",
    summary: "The settings file is a directory, a device or a pipe.",
    isOutside: true,
  },
  "source/too-large": {
    severity: "error",
    summary: "The settings file is larger than 1 MiB, or has more than 700,000 keys, values and signs.",
  },
  "source/too-deep": {
    severity: "error",
    summary: "Maps and lists are nested deeper than settings ever are.",
  },
  "source/not-utf8": { severity: "error", summary: "The settings file is not UTF-8 text." },
  "source/control-character": {
    severity: "error",
    summary: "The text holds a control character that YAML does not allow.",
  },
  "source/empty": { severity: "error", summary: "The settings file holds no settings." },
  "source/syntax": { severity: "error", summary: "The text is not YAML." },
  "source/tab": { severity: "error", summary: "A line is indented with a tab; YAML wants spaces." },
  "source/duplicate-key": { severity: "error", summary: "A map has the same key twice." },
  "source/anchor": {
    severity: "error",
    summary:
      "The file uses an anchor (`&`), an alias (`*`) or a merge key (`<<`); `defaults` takes their place.",
  },
  "source/tag": { severity: "error", summary: "The file uses a tag (`!`) or a YAML directive (`%`)." },
  "source/several-documents": { severity: "error", summary: "The file holds more than one YAML document." },
  "settings/too-long": {
    severity: "error",
    summary: "A list or a map has more than 1,000 entries, or `sensors` more than 20,000.",
  },
  "settings/version": { severity: "error", summary: "`version` is not one that this sensorbake reads." },
  "settings/unknown-key": { severity: "error", summary: "A key is not a setting." },
  "settings/missing-key": { severity: "error", summary: "A setting that has no default is missing." },
  "settings/wrong-type": {
    severity: "error",
    summary: "A value is of another kind than the setting takes (text, number, list, map).",
  },
  "settings/invalid-value": { severity: "error", summary: "A value is not one that the setting accepts." },
  "settings/duplicate-name": { severity: "error", summary: "Two sensors have the same name." },
  "settings/no-sensors": { severity: "error", summary: "The list of sensors is empty." },
  "settings/unknown-sensor": { severity: "error", summary: "No sensor has the name given with `--sensor`." },
  "access/no-admin-key": {
    severity: "error",
    summary: "Nobody could log in: the admin user has no ssh key.",
  },
  "access/key-file": {
    severity: "error",
    summary: "A file of ssh public keys is missing or is no such file.",
  },
  "access/example-key": {
    severity: "warning",
    summary: "The admin's key is that of the examples, whose private half nobody has.",
  },
  "access/unreachable-network": {
    severity: "warning",
    summary:
      "No admin can connect from a network in `allow_from`: it is a loopback, multicast or documentation network, or only private networks are named for a sensor in a public cloud.",
  },
  "access/no-allow-from": {
    severity: "error",
    summary: "Nobody could reach the admin port: `allow_from` names no network, nor the word `anywhere`.",
  },
  "access/admin-port-taken": {
    severity: "error",
    summary: "The admin port is one that the honeypot answers, or that DShield redirects to it.",
  },
  "dshield/branch": {
    severity: "warning",
    summary: "What the first boot installs is a branch, which is another program tomorrow.",
  },
  "dshield/nothing-to-update": {
    severity: "warning",
    summary: "DShield is to be updated each week, to a commit or tag that stays the same.",
  },
  "dshield/not-installed": {
    severity: "warning",
    summary: "DShield's account is given, and nothing says whether the first boot shall install DShield.",
  },
  "dshield/no-upkeep": {
    severity: "warning",
    summary: "A setting is about keeping DShield as it is configured, which nothing asks for.",
  },
  "capture/filter": { severity: "error", summary: "tcpdump refuses the capture filter." },
  "disk/forecast": {
    severity: "warning",
    summary: "Captures and backups are kept longer than the disk can hold them.",
  },
  "schedule/overlap": {
    severity: "warning",
    summary: "The transfer starts while the backup may still be writing what is to be transferred.",
  },
  "siem/not-shipped": {
    severity: "warning",
    summary: "Queries are printed for sensors that ship no logs to a SIEM (only `kql`).",
  },
  "siem/unprotected": {
    severity: "error",
    summary: "Logs would be shipped without TLS, and the settings do not say that this is meant.",
  },
  "siem/ca-unused": { severity: "warning", summary: "`ca` has no effect beside `plaintext: true`." },
  "tools/no-database": {
    severity: "warning",
    summary: "The countries of visitors are asked for, and no account to get a database of countries with.",
  },
  "transfer/no-host-key": {
    severity: "error",
    summary: "The backup server's host key is not pinned: the sensor could not tell it from somebody else.",
  },
  "transfer/no-private-key": {
    severity: "error",
    summary: "The sensor has no key to log in to the backup server with, and is not told to make one.",
  },
  "transfer/key-unused": {
    severity: "warning",
    summary: "`private_key` has no effect beside `generate_key: true`.",
  },
  "transfer/unreachable-host": {
    severity: "warning",
    summary:
      "The backup server cannot have this address: it is a loopback, multicast or documentation address, or a private one and the sensor is in a public cloud.",
  },
  "backup/weak-cipher": {
    severity: "warning",
    summary: "The archive password is a secret, but the cipher of `format: zip` protects nothing.",
  },
  "backup/no-recipient": {
    severity: "error",
    summary: "`format: tar.zst` is encrypted to `encrypt_to`, which is empty.",
  },
  "backup/password-unused": {
    severity: "warning",
    summary: "`format: tar.zst` is encrypted to a public key and takes no password.",
  },
  "backup/recipient-unused": {
    severity: "warning",
    summary: "`encrypt_to` has no effect on `format: zip` and `format: 7z`.",
  },
  "target/other-section": {
    severity: "error",
    summary: "A sensor's entry has a section that only another target reads.",
  },
  "target/os-mismatch": {
    severity: "error",
    summary: "The target does not run the chosen operating system.",
  },
  "network/no-route": {
    severity: "warning",
    summary: "A gateway is in none of the sensor's networks, or its address family has no address.",
  },
  "network/odd-name": {
    severity: "warning",
    summary:
      "The name of a wireless network begins and ends with quotes or a blank, or holds a character that is invisible.",
  },
  "network/passphrase-unused": {
    severity: "warning",
    summary: "An open wireless network takes no passphrase.",
  },
  "build/too-large": {
    severity: "error",
    summary: "In no form is the user-data small enough for the target.",
  },
  "secret/literal": { severity: "warning", summary: "A secret stands in the settings file itself." },
  "secret/missing": { severity: "error", summary: "A secret's environment variable or file does not exist." },
  "secret/empty": { severity: "error", summary: "A secret's environment variable or file is empty." },
  "secret/unusable": {
    severity: "error",
    summary: "A secret has characters that its use does not allow, or several lines where one is wanted.",
  },
  "secret/readable-by-others": {
    severity: "warning",
    summary: "The file of a secret may be read by other users of this machine.",
  },
} as const satisfies Record<string, CodeFacts>;

/** The name of one kind of problem, e.g. `settings/unknown-key`. */
export type Code = keyof typeof codes;
