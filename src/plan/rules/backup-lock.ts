import type { Finding, Rule } from "../rule.ts";

/** Checks that the archive's format and its password or recipients fit together. */
export const backupLock: Rule = ({ plan, settings, writerOf }) => {
  const { format, password } = plan.backup;
  const at = (key: string) => ["backup", key];
  if (format !== "tar.zst") {
    const findings: Finding[] = [];
    if (settings.backup.encrypt_to.length > 0 && isMeantFor(writerOf, "encrypt_to"))
      findings.push({
        code: "backup/recipient-unused",
        at: at("encrypt_to"),
        message: `format ${format} uses a password, so encrypt_to has no effect`,
        hint: "write format: tar.zst to encrypt to these keys",
      });
    const isConvention = password?.kind === "literal" && password.value === "infected";
    if (format === "zip" && !isConvention)
      findings.push({
        code: "backup/weak-cipher",
        at: at("password"),
        message: "the cipher of zip is weak: an archive with known files can be opened without the password",
        hint: "for secrecy use format: tar.zst with encrypt_to; to prevent accidents use the conventional password infected",
      });
    return findings;
  }
  if (settings.backup.encrypt_to.length === 0)
    return [
      {
        code: "backup/no-recipient",
        at: at("encrypt_to"),
        message:
          "format tar.zst needs encrypt_to, the public keys of the people who may decrypt the archives",
        hint: "`age-keygen -o key.txt` creates a key pair and prints the public key; do not put key.txt on the sensor",
      },
    ];
  if (!isMeantFor(writerOf, "password")) return [];
  return [
    {
      code: "backup/password-unused",
      at: at("password"),
      message: "format tar.zst is encrypted to encrypt_to; the password has no effect",
      hint: "remove the password",
    },
  ];
};

/** Whether a setting belongs to the chosen format: not if it is in `defaults` and the sensor chose another format. */
function isMeantFor(writerOf: (path: readonly string[]) => string, key: string): boolean {
  const writer = writerOf(["backup", key]);
  return writer === "sensor" || (writer === "defaults" && writerOf(["backup", "format"]) !== "sensor");
}
