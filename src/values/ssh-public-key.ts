import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { base64Bytes, readFields } from "./ssh-wire.ts";

type KeyKind = { readonly complain: (fields: readonly Uint8Array[]) => string | undefined };

const curvePointBytes = { nistp256: 65, nistp384: 97, nistp521: 133 } as const;

/** What follows the name in the decoded body, RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH's PROTOCOL.u2f. */
const kinds: Readonly<Record<string, KeyKind>> = {
  "ssh-ed25519": { complain: (fields) => expect(fields, [32]) },
  "sk-ssh-ed25519@openssh.com": { complain: (fields) => expect(fields, [32, undefined]) },
  "ecdsa-sha2-nistp256": { complain: (fields) => expectCurve(fields, "nistp256", 0) },
  "ecdsa-sha2-nistp384": { complain: (fields) => expectCurve(fields, "nistp384", 0) },
  "ecdsa-sha2-nistp521": { complain: (fields) => expectCurve(fields, "nistp521", 0) },
  "sk-ecdsa-sha2-nistp256@openssh.com": { complain: (fields) => expectCurve(fields, "nistp256", 1) },
  "ssh-rsa": { complain: complainOfRsa },
};

/** The kinds of key that a `HostKeyAlgorithms` line and age know: no security keys. */
export const plainKinds = Object.keys(kinds).filter((kind) => !kind.startsWith("sk-"));

/**
 * One line of an authorized_keys file without options: kind, body, and a comment if any. The body is decoded:
 * the kind it names is the outer one and its parts have the right lengths. RSA has at least 2048 bits.
 */
export function complainOfSshPublicKey(
  line: string,
  accepted: readonly string[] = Object.keys(kinds),
): Complaint | undefined {
  // OpenSSH's own limit for a line of authorized_keys (SSH_MAX_PUBKEY_BYTES).
  if (line.length > 16_384) return { message: `a key has at most 16384 characters, not ${line.length}` };
  const [kind = "", body = ""] = line.trim().split(/[ \t]+/);
  const known = kinds[kind];
  if (known === undefined || !accepted.includes(kind)) return explainKind(kind, line, accepted);
  const bytes = base64Bytes(body);
  const fields = bytes && readFields(bytes);
  if (!fields)
    return {
      message: `the body of this ${kind} key is cut off or damaged`,
      hint: "copy the whole line of the .pub file",
    };
  const inner = Buffer.from(fields[0] ?? []).toString("latin1");
  if (inner !== kind) return { message: `the line says ${kind}, the body of the key says ${quoted(inner)}` };
  const complaint = known.complain(fields.slice(1));
  return complaint === undefined ? undefined : { message: complaint };
}

/** The line as it will stand in a file: one blank between kind, body and comment. */
export function canonicalSshPublicKey(line: string): string {
  const [, kind, body, comment = ""] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(\S.*))?$/.exec(line.trim()) ?? [];
  return [kind, body, comment].filter(Boolean).join(" ");
}

/**
 * Forms in which other programs write public keys, refused with the command that converts them. `undefined` where the
 * text is none of them.
 */
export function complainOfKeyForm(text: string): Complaint | undefined {
  if (/---- ?BEGIN SSH2 PUBLIC KEY/.test(text))
    return {
      message: "this is a public key in the format of RFC 4716, as PuTTYgen saves it; sshd reads another",
      hint: "`ssh-keygen -i -f FILE` prints it as one line; PuTTYgen shows that line at the top of its window",
    };
  const [, kind] = /-----BEGIN (RSA )?PUBLIC KEY-----/.exec(text) ?? [];
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(text))
    return {
      message: "this is a public key in PEM format; sshd reads another",
      hint: `\`ssh-keygen -i -m ${kind === undefined ? "PKCS8" : "PEM"} -f FILE\` prints it as one line`,
    };
  return /-----BEGIN CERTIFICATE-----/.test(text)
    ? { message: "this is an X.509 certificate, not an ssh public key" }
    : undefined;
}

function explainKind(kind: string, line: string, accepted: readonly string[]): Complaint {
  const form = complainOfKeyForm(line);
  if (form !== undefined) return form;
  if (
    /^(SHA256:|MD5:|([0-9a-f]{2}:){15})/i.test(kind) ||
    /\b(SHA256:[\w+/]{43}|MD5(:[0-9a-f]{2}){16})/.test(line)
  )
    return {
      message: "this is the fingerprint of a key, not the key itself",
      hint: "`sensorbake known-host HOST` prints a server's keys with their fingerprints: compare, then copy the key",
    };
  if (looksLikeFile(line))
    return {
      message: "this is the name of a file, not a key",
      hint: "write the line that is in the file",
    };
  if (/^(gh|github|lp|gl|gitlab)[:/]/i.test(line))
    return {
      message: "keys are not fetched from accounts",
      hint: "download https://github.com/USER.keys and write {file: USER.keys}",
    };
  const body = accepted.find((name) => kind.startsWith(bodyStart(name)));
  if (body !== undefined)
    return { message: "the kind of the key is missing before its body", hint: `write ${body} before it` };
  const inside = accepted.find((name) => line.includes(`${name} AAAA`));
  if (inside)
    return {
      message: `something stands before ${inside}`,
      hint: "leave out options, host names and addresses before the key",
    };
  if (kind === "ssh-dss")
    return {
      message: "DSA keys are refused by every current sshd",
      hint: "make one with `ssh-keygen -t ed25519`",
    };
  if (kind.includes("-cert-v01@")) return { message: "this is a certificate, not a public key" };
  return {
    message: `this is no ssh public key: it begins with ${quoted(kind)}, not with one of ${accepted.join(", ")}`,
    hint: "copy the whole line of the .pub file",
  };
}

/** Whether a text is most probably the name of a key file: it has the ending of one, or the beginning of a path. */
export function looksLikeFile(text: string): boolean {
  return /^((~|\.{0,2})\/\S*|\S+\.(pub|key|pem))$/.test(text.trim());
}

// A body begins with the length and the name of its kind. Whole groups of three bytes do not depend on what follows.
function bodyStart(kind: string): string {
  const bytes = Buffer.from(`\0\0\0${String.fromCharCode(kind.length)}${kind}`, "latin1");
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
}

function expect(fields: readonly Uint8Array[], lengths: readonly (number | undefined)[]): string | undefined {
  const fits =
    fields.length === lengths.length &&
    lengths.every((length, index) => length === undefined || fields[index]?.length === length);
  return fits ? undefined : "the body of this key does not have the parts and lengths of its kind";
}

function expectCurve(
  fields: readonly Uint8Array[],
  curve: keyof typeof curvePointBytes,
  more: number,
): string | undefined {
  const [name, point] = fields;
  if (Buffer.from(name ?? []).toString("latin1") !== curve || point?.[0] !== 4)
    return "the body of this key is on another curve than its kind";
  return expect(fields, [undefined, curvePointBytes[curve], ...Array<undefined>(more).fill(undefined)]);
}

function complainOfRsa(fields: readonly Uint8Array[]): string | undefined {
  const [, modulus] = fields;
  if (fields.length !== 2 || !modulus) return expect(fields, [undefined, undefined]);
  const first = modulus.findIndex((byte) => byte !== 0);
  const bits = first === -1 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24;
  if (bits < 2048) return `this RSA key has ${bits} bits; sshd wants at least 2048`;
  return bits > 16_384 ? `this RSA key has ${bits} bits; sshd takes at most 16384` : undefined;
}
