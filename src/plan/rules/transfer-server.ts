import type { Finding, Rule } from "../rule.ts";

/** A transfer needs a server with a pinned host key, and one private key. */
export const transferServer: Rule = ({ settings, writerOf }) => {
  const { transfer } = settings;
  if (transfer === undefined) return [];
  const findings: Finding[] = [];
  const at = (key: string) => ["transfer", key];
  for (const key of ["host", "user", "path"] as const)
    if (transfer[key] === undefined)
      findings.push({
        code: "settings/missing-key",
        at: at(key),
        message: `${key} is missing; a transfer needs host, user, path and host_key`,
      });
  const { host = "HOST", port = 22 } = transfer;
  if (transfer.host_key === undefined)
    findings.push({
      code: "transfer/no-host-key",
      at: at("host_key"),
      message: "no host key is pinned, so the sensor could not detect an impostor",
      hint: `\`sensorbake known-host ${host}${port === 22 ? "" : `:${port}`}\` prints the server's keys; compare the fingerprints with its owner`,
    });
  const isOwnKey = transfer.generate_key === true;
  if (transfer.private_key === undefined && !isOwnKey)
    findings.push({
      code: "transfer/no-private-key",
      at: at("private_key"),
      message: "the sensor has no key to log in with",
      hint: "add private_key: {file: keys/backup}, or generate_key: true and copy the public key from the sensor",
    });
  // A sensor may generate its own key while the others use that of `defaults`.
  if (
    transfer.private_key !== undefined &&
    isOwnKey &&
    writerOf(at("private_key")) === writerOf(at("generate_key"))
  )
    findings.push({
      code: "transfer/key-unused",
      at: at("private_key"),
      message: "with generate_key: true the sensor uses its own key, so private_key has no effect",
      hint: "remove one of them",
    });
  return findings;
};
