/** The properties of one kind of problem, used in the docs, in `--format json` and for the exit code. */
export type CodeFacts = {
  readonly severity: "error" | "warning";
  /** One sentence for the documentation. */
  readonly summary: string;
  /** A failure of the disk, not a mistake in the settings: the exit code is 3 instead of 1. */
  readonly isOutside?: true;
};

/**
 * The closed set of problems that can be reported. To add one, add an entry here and a pair `test/errors/<code>.yaml`
 * and `.out`; the test runner fails on a code without a pair.
 */
export const codes = {
  "source/missing": {
    severity: "error",
    summary: "The settings file does not exist, or was removed while it was being read.",
    isOutside: true,
  },
  "source/unreadable": {
    severity: "error",
    summary: "The settings file exists but cannot be read.",
    isOutside: true,
  },
  "source/not-a-file": {
    severity: "error",
    summary: "The settings file is a directory, a device or a pipe.",
    isOutside: true,
  },
  "source/too-large": {
    severity: "error",
    summary:
      "The settings file is larger than 1 MiB, or has more than 700,000 keys, values and punctuation marks.",
  },
  "source/too-deep": {
    severity: "error",
    summary: "Maps and lists are nested too deeply.",
  },
  "source/not-utf8": { severity: "error", summary: "The settings file is not UTF-8 text." },
  "source/control-character": {
    severity: "error",
    summary: "The text contains a control character that YAML does not allow.",
  },
  "source/empty": { severity: "error", summary: "The settings file contains no settings." },
  "source/syntax": { severity: "error", summary: "The text is not valid YAML." },
  "source/tab": { severity: "error", summary: "A line is indented with a tab; YAML requires spaces." },
  "source/duplicate-key": { severity: "error", summary: "A map contains the same key twice." },
  "source/anchor": {
    severity: "error",
    summary: "The file uses an anchor (`&`), an alias (`*`) or a merge key (`<<`); use `defaults` instead.",
  },
  "source/tag": { severity: "error", summary: "The file uses a tag (`!`) or a YAML directive (`%`)." },
  "source/several-documents": {
    severity: "error",
    summary: "The file contains more than one YAML document.",
  },
  "settings/too-long": {
    severity: "error",
    summary: "A list or a map has more than 1,000 entries, or `sensors` more than 20,000.",
  },
  "settings/version": { severity: "error", summary: "This sensorbake does not support this `version`." },
  "settings/unknown-key": { severity: "error", summary: "A key is not a setting." },
  "settings/deprecated": {
    severity: "warning",
    summary:
      "A setting was renamed, or has no effect any more; the next version refuses it. `sensorbake upgrade` replaces it.",
  },
  "settings/removed": {
    severity: "error",
    summary: "A deprecated setting is no longer accepted. `sensorbake upgrade` replaces it.",
  },
  "settings/missing-key": { severity: "error", summary: "A setting without a default is missing." },
  "settings/wrong-type": {
    severity: "error",
    summary: "A value has the wrong type (text, number, list, map).",
  },
  "settings/invalid-value": { severity: "error", summary: "The setting does not accept this value." },
  "settings/duplicate-name": { severity: "error", summary: "Two sensors have the same name." },
  "settings/range": { severity: "error", summary: "The range of numbers in a sensor's name cannot be used." },
  "settings/no-sensors": { severity: "error", summary: "The list of sensors is empty." },
  "settings/unknown-sensor": { severity: "error", summary: "No sensor has the name given with `--sensor`." },
  "table/unreadable": { severity: "error", summary: "The CSV file of `sensors_from` cannot be read." },
  "table/malformed": {
    severity: "error",
    summary: "The file of `sensors_from` is not valid CSV, or a list or map in a cell is not valid YAML.",
  },
  "table/column": {
    severity: "error",
    summary: "A column of the CSV file is not a setting or occurs twice, or the column `name` is missing.",
  },
  "access/no-admin-key": {
    severity: "error",
    summary: "The admin user has no SSH key, so login would be impossible.",
  },
  "access/key-file": {
    severity: "error",
    summary: "A file of SSH public keys is missing or invalid.",
  },
  "access/example-key": {
    severity: "warning",
    summary: "The admin's key is the example key, whose private half was deleted.",
  },
  "access/unreachable-network": {
    severity: "warning",
    summary:
      "No admin or Prometheus server can connect from a network in `allow_from`: it is a loopback, multicast or documentation network, or the sensor is in a public cloud and only private networks are listed for the admin.",
  },
  "access/no-allow-from": {
    severity: "error",
    summary: "`allow_from` has neither a network nor `anywhere`, so the admin port would be unreachable.",
  },
  "access/admin-port-taken": {
    severity: "error",
    summary:
      "The honeypot or the exporter of `metrics` uses the admin port, or DShield redirects it to the honeypot.",
  },
  "dshield/branch": {
    severity: "warning",
    summary: "The first boot installs a branch, whose content can change at any time.",
  },
  "dshield/nothing-to-update": {
    severity: "warning",
    summary: "Weekly updates of DShield are enabled, but `ref` is a commit or tag that never changes.",
  },
  "dshield/not-installed": {
    severity: "warning",
    summary: "DShield's account is set, but `install` is not, so it is unclear whether to install DShield.",
  },
  "dshield/no-upkeep": {
    severity: "warning",
    summary: "A setting has no effect because DShield is not kept configured.",
  },
  "capture/filter": { severity: "error", summary: "tcpdump refuses the capture filter." },
  "disk/forecast": {
    severity: "warning",
    summary: "Captures and backups need more space than the disk has.",
  },
  "schedule/overlap": {
    severity: "warning",
    summary: "The transfer starts while the backup may still be writing archives.",
  },
  "siem/not-shipped": {
    severity: "warning",
    summary: "Queries are printed for sensors that do not ship logs to a SIEM (only `kql`).",
  },
  "siem/unprotected": {
    severity: "error",
    summary: "Logs would be shipped without TLS, and `plaintext: true` does not confirm it.",
  },
  "siem/ca-unused": { severity: "warning", summary: "`ca` has no effect beside `plaintext: true`." },
  "tools/no-database": {
    severity: "warning",
    summary: "`json_log_country` has no account for downloading the database of countries.",
  },
  "transfer/no-host-key": {
    severity: "error",
    summary: "The backup server's host key is not pinned, so the sensor could not detect an impostor.",
  },
  "transfer/no-private-key": {
    severity: "error",
    summary: "The sensor has no key for the backup server, and `generate_key` is not set.",
  },
  "transfer/key-unused": {
    severity: "warning",
    summary: "`private_key` has no effect beside `generate_key: true`.",
  },
  "transfer/unreachable-host": {
    severity: "warning",
    summary:
      "The backup server cannot have this address: it is a loopback, multicast or documentation address, or a private one while the sensor is in a public cloud.",
  },
  "backup/weak-cipher": {
    severity: "warning",
    summary: "The archive password is a secret, but the cipher of `format: zip` is weak.",
  },
  "backup/no-recipient": {
    severity: "error",
    summary: "`format: tar.zst` is encrypted to `encrypt_to`, which is empty.",
  },
  "backup/password-unused": {
    severity: "warning",
    summary: "`format: tar.zst` is encrypted to a public key, so a password has no effect.",
  },
  "backup/recipient-unused": {
    severity: "warning",
    summary: "`encrypt_to` has no effect on `format: zip` and `format: 7z`.",
  },
  "target/other-section": {
    severity: "error",
    summary: "A sensor's entry has a section for another target.",
  },
  "target/os-mismatch": {
    severity: "error",
    summary: "The target does not support the chosen operating system.",
  },
  "network/no-route": {
    severity: "warning",
    summary: "A gateway is in none of the sensor's networks, or the sensor has no address of its family.",
  },
  "network/odd-name": {
    severity: "warning",
    summary:
      "The name of a Wi-Fi network begins or ends with quotes or a space, or contains an invisible character.",
  },
  "network/passphrase-unused": {
    severity: "warning",
    summary: "An open Wi-Fi network has no passphrase.",
  },
  "build/too-large": {
    severity: "error",
    summary: "The user-data is too large for the target in every form.",
  },
  "secret/literal": { severity: "warning", summary: "The settings file contains a secret." },
  "secret/missing": { severity: "error", summary: "A secret's environment variable or file does not exist." },
  "secret/empty": { severity: "error", summary: "A secret's environment variable or file is empty." },
  "secret/unusable": {
    severity: "error",
    summary: "A secret has characters that are not allowed, or several lines instead of one.",
  },
  "secret/readable-by-others": {
    severity: "warning",
    summary: "Other users of this machine can read the file of a secret.",
  },
} as const satisfies Record<string, CodeFacts>;

/** The name of one kind of problem, e.g. `settings/unknown-key`. */
export type Code = keyof typeof codes;
