import type { Finding, Rule } from "../rule.ts";

/** A transfer needs a server that can be told from others, and one key. */
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
      message: "no host key is pinned: the sensor could not tell the server from somebody else",
      hint: `\`sensorbake known-host ${host}${port === 22 ? "" : `:${port}`}\` prints the server's keys; compare them with what its owner reads to you`,
    });
  const isOwnKey = transfer.generate_key === true;
  if (transfer.private_key === undefined && !isOwnKey)
    findings.push({
      code: "transfer/no-private-key",
      at: at("private_key"),
      message: "the sensor has no key to log in with",
      hint: "write private_key: {file: keys/backup}, or generate_key: true and fetch the public half from the sensor",
    });
  // A sensor may well make its own key where the others have that of `defaults`.
  if (
    transfer.private_key !== undefined &&
    isOwnKey &&
    writerOf(at("private_key")) === writerOf(at("generate_key"))
  )
    findings.push({
      code: "transfer/key-unused",
      at: at("private_key"),
      message: "generate_key: true makes the sensor use a key of its own; private_key has no effect",
      hint: "leave out one of them",
    });
  return findings;
};
