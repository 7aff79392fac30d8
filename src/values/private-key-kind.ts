import type { Complaint } from "../diagnostics/diagnostic.ts";

const hint = "make one with: ssh-keygen -t ed25519 -N '' -f FILE";

/**
 * Refuses private keys that OpenSSH on a sensor cannot use: types that it does not know, types that servers refuse, and
 * formats that Debian 12's OpenSSH does not read. The message shows no part of the key.
 */
export function complainOfKeyKind(pem: string): Complaint | undefined {
  const [, label = "", body = ""] = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\n([^-]*)/.exec(pem) ?? [];
  const bytes = Buffer.from(body, "base64");
  const hex = bytes.toString("hex");
  switch (label) {
    case "OPENSSH ": {
      const head = bytes.toString("latin1", 0, 200);
      if (/\Wsk-(?:ssh|ecdsa)-/.test(head))
        return {
          message: "this private key needs a security key, which cannot be touched on a sensor",
          hint,
        };
      return /\Wssh-dss/.test(head) ? outdated : undefined;
    }
    case "RSA ":
      return undefined;
    case "EC ":
      return complainOfCurve(hex);
    case "":
      return complainOfPkcs8(hex);
    case "DSA ":
      return outdated;
    default:
      return { message: "this private key is in a format that OpenSSH does not read", hint };
  }
}

const outdated: Complaint = { message: "every current sshd refuses DSA keys", hint };

// Object identifiers in DER, from RFC 8017, RFC 5480 and RFC 8410.
const rsa = "06092a864886f70d010101";
const ellipticCurve = "06072a8648ce3d0201";
const ed25519 = "06032b6570";
const curves = ["06082a8648ce3d030107", "06052b81040022", "06052b81040023"];

// A sequence of the version, 0 or 1, and a sequence that begins with the kind of key (RFC 5958).
function complainOfPkcs8(hex: string): Complaint | undefined {
  const kind = /^30(?:[0-7].|81..|82....)02010[01]30[0-7].(.*)$/.exec(hex)?.[1] ?? "";
  if (kind.startsWith(rsa)) return undefined;
  if (kind.startsWith(ellipticCurve)) return complainOfCurve(kind.slice(ellipticCurve.length, 60));
  if (kind.startsWith(ed25519))
    return {
      message: "this Ed25519 key is in PKCS#8, which Debian 12's OpenSSH cannot read",
      hint: "make one in OpenSSH's own format with: ssh-keygen -t ed25519 -N '' -f FILE",
    };
  return { message: "this private key is damaged or has a type that OpenSSH does not know", hint };
}

function complainOfCurve(hex: string): Complaint | undefined {
  if (curves.some((curve) => hex.includes(curve))) return undefined;
  return {
    message: "this EC key uses a curve that OpenSSH does not support; use nistp256, nistp384 or nistp521",
    hint,
  };
}
