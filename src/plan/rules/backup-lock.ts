import type { Finding, Rule } from "../rule.ts";

/** The archive's format and what locks it must fit. */
export const backupLock: Rule = ({ plan, settings, writerOf }) => {
  const { format, password } = plan.backup;
  const at = (key: string) => ["backup", key];
  if (format !== "tar.zst") {
    const findings: Finding[] = [];
    if (settings.backup.encrypt_to.length > 0 && isMeantFor(writerOf, "encrypt_to"))
      findings.push({
        code: "backup/recipient-unused",
        at: at("encrypt_to"),
        message: `format ${format} takes a password; encrypt_to has no effect`,
        hint: "write format: tar.zst to encrypt to these keys",
      });
    const isConvention = password?.kind === "literal" && password.value === "infected";
    if (format === "zip" && !isConvention)
      findings.push({
        code: "backup/weak-cipher",
        at: at("password"),
        message:
          "the cipher of zip protects nothing: who has an archive of known files opens it without the password",
        hint: "for secrecy write format: tar.zst with encrypt_to; against accidents `infected` is the convention",
      });
    return findings;
  }
  if (settings.backup.encrypt_to.length === 0)
    return [
      {
        code: "backup/no-recipient",
        at: at("encrypt_to"),
        message: "format tar.zst needs encrypt_to, the public key of who may open the archives",
        hint: "`age-keygen -o key.txt` makes a pair and prints the public key; keep key.txt off the sensor",
      },
    ];
  if (!isMeantFor(writerOf, "password")) return [];
  return [
    {
      code: "backup/password-unused",
      at: at("password"),
      message: "format tar.zst is encrypted to encrypt_to; the password has no effect",
      hint: "leave the password out",
    },
  ];
};

/** Whether a key was written for the chosen format: not when `defaults` has it and the sensor chose another format. */
function isMeantFor(writerOf: (path: readonly string[]) => string, key: string): boolean {
  const writer = writerOf(["backup", key]);
  return writer === "sensor" || (writer === "defaults" && writerOf(["backup", "format"]) !== "sensor");
}
