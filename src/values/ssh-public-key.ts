import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { base64Bytes, readFields } from "./ssh-wire.ts";

type KeyKind = { readonly complain: (fields: readonly Uint8Array[]) => string | undefined };

const curvePointBytes = { nistp256: 65, nistp384: 97, nistp521: 133 } as const;

/** The parts after the name in the decoded body, RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH's PROTOCOL.u2f. */
const kinds: Readonly<Record<string, KeyKind>> = {
  "ssh-ed25519": { complain: (fields) => expect(fields, [32]) },
  "sk-ssh-ed25519@openssh.com": { complain: (fields) => expect(fields, [32, undefined]) },
  "ecdsa-sha2-nistp256": { complain: (fields) => expectCurve(fields, "nistp256", 0) },
  "ecdsa-sha2-nistp384": { complain: (fields) => expectCurve(fields, "nistp384", 0) },
  "ecdsa-sha2-nistp521": { complain: (fields) => expectCurve(fields, "nistp521", 0) },
  "sk-ecdsa-sha2-nistp256@openssh.com": { complain: (fields) => expectCurve(fields, "nistp256", 1) },
  "ssh-rsa": { complain: complainOfRsa },
};

/** The key types that `HostKeyAlgorithms` and age support: no security keys. */
export const plainKinds = Object.keys(kinds).filter((kind) => !kind.startsWith("sk-"));

/**
 * Checks one line of an authorized_keys file without options: type, body, optional comment. The decoded body must name
 * the same type and have parts of the right lengths. RSA needs at least 2048 bits.
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
  if (inner !== kind)
    return { message: `the line says ${kind}, but the body of the key says ${quoted(inner)}` };
  const complaint = known.complain(fields.slice(1));
  return complaint === undefined ? undefined : { message: complaint };
}

/** The line in canonical form: one space between type, body and comment. */
export function canonicalSshPublicKey(line: string): string {
  const [, kind, body, comment = ""] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(\S.*))?$/.exec(line.trim()) ?? [];
  return [kind, body, comment].filter(Boolean).join(" ");
}

/**
 * Refuses public keys in the formats of other programs, with the command that converts them. `undefined` for any other
 * text.
 */
export function complainOfKeyForm(text: string): Complaint | undefined {
  if (/---- ?BEGIN SSH2 PUBLIC KEY/.test(text))
    return {
      message: "this is a public key in RFC 4716 format, as PuTTYgen saves it; sshd needs another format",
      hint: "`ssh-keygen -i -f FILE` prints it as one line; PuTTYgen shows that line at the top of its window",
    };
  const [, kind] = /-----BEGIN (RSA )?PUBLIC KEY-----/.exec(text) ?? [];
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(text))
    return {
      message: "this is a public key in PEM format; sshd needs another format",
      hint: `\`ssh-keygen -i -m ${kind === undefined ? "PKCS8" : "PEM"} -f FILE\` prints it as one line`,
    };
  return /-----BEGIN CERTIFICATE-----/.test(text)
    ? { message: "this is an X.509 certificate, not an SSH public key" }
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
      hint: "`sensorbake known-host HOST` prints a server's keys with their fingerprints; compare and copy the key",
    };
  if (looksLikeFile(line))
    return {
      message: "this is the name of a file, not a key",
      hint: "write the content of the file",
    };
  if (/^(gh|github|lp|gl|gitlab)[:/]/i.test(line))
    return {
      message: "sensorbake does not download keys from accounts",
      hint: "download https://github.com/USER.keys and write {file: USER.keys}",
    };
  const body = accepted.find((name) => kind.startsWith(bodyStart(name)));
  if (body !== undefined)
    return { message: "the key type is missing before the body", hint: `write ${body} before it` };
  const inside = accepted.find((name) => line.includes(`${name} AAAA`));
  if (inside)
    return {
      message: `there is other text before ${inside}`,
      hint: "remove options, host names and addresses before the key",
    };
  if (kind === "ssh-dss")
    return {
      message: "every current sshd refuses DSA keys",
      hint: "make one with `ssh-keygen -t ed25519`",
    };
  if (kind.includes("-cert-v01@")) return { message: "this is a certificate, not a public key" };
  return {
    message: `this is not an SSH public key: it begins with ${quoted(kind)}, not with one of ${accepted.join(", ")}`,
    hint: "copy the whole line of the .pub file",
  };
}

/** Whether a text is probably the name of a key file: it ends like one or begins like a path. */
export function looksLikeFile(text: string): boolean {
  return /^((~|\.{0,2})\/\S*|\S+\.(pub|key|pem))$/.test(text.trim());
}

// A body begins with the length and the name of its type. Whole groups of three bytes do not depend on later bytes.
function bodyStart(kind: string): string {
  const bytes = Buffer.from(`\0\0\0${String.fromCharCode(kind.length)}${kind}`, "latin1");
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
}

function expect(fields: readonly Uint8Array[], lengths: readonly (number | undefined)[]): string | undefined {
  const fits =
    fields.length === lengths.length &&
    lengths.every((length, index) => length === undefined || fields[index]?.length === length);
  return fits ? undefined : "the body of this key does not have the parts and lengths of its type";
}

function expectCurve(
  fields: readonly Uint8Array[],
  curve: keyof typeof curvePointBytes,
  more: number,
): string | undefined {
  const [name, point] = fields;
  if (Buffer.from(name ?? []).toString("latin1") !== curve || point?.[0] !== 4)
    return "the body of this key uses another curve than its type";
  return expect(fields, [undefined, curvePointBytes[curve], ...Array<undefined>(more).fill(undefined)]);
}

function complainOfRsa(fields: readonly Uint8Array[]): string | undefined {
  const [, modulus] = fields;
  if (fields.length !== 2 || !modulus) return expect(fields, [undefined, undefined]);
  const first = modulus.findIndex((byte) => byte !== 0);
  const bits = first === -1 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24;
  if (bits < 2048) return `this RSA key has ${bits} bits; sshd requires at least 2048`;
  return bits > 16_384 ? `this RSA key has ${bits} bits; sshd accepts at most 16384` : undefined;
}
