import { createHash } from "node:crypto";

/** One SSH host key from a sensor's console. */
export type HostKey = {
  /** `ssh-ed25519` and so on. */
  readonly type: string;
  /** `SHA256:...`, as ssh shows it at the first connection. */
  readonly fingerprint: string;
  /** The key itself in base64, if the console has it. */
  readonly key: string | undefined;
};

/**
 * The host keys that cloud-init prints on the console at the first boot. The console is read through AWS, so they can be
 * verified without trusting the honeypot's network. Keys that do not match their fingerprint are left out.
 */
export function hostKeysOf(console: string): readonly HostKey[] {
  const keys = new Map<string, HostKey>();
  for (const line of lastBlock(console, "SSH HOST KEY FINGERPRINTS")) {
    const [, fingerprint, name] = /\b\d+ (SHA256:[A-Za-z0-9+/]{43}).*\((\w+)\)/.exec(line) ?? [];
    const type = typeNames[name ?? ""];
    if (fingerprint !== undefined && type !== undefined)
      keys.set(fingerprint, { type, fingerprint, key: undefined });
  }
  for (const line of lastBlock(console, "SSH HOST KEY KEYS")) {
    const [, type = "", key = ""] = /\b((?:ssh|ecdsa)-\S+) (AAAA[A-Za-z0-9+/]+=*)/.exec(line) ?? [];
    const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
    const fingerprint = `SHA256:${digest.replace(/=+$/, "")}`;
    if (keys.has(fingerprint)) keys.set(fingerprint, { type, fingerprint, key });
  }
  return [...keys.values()].sort((a, b) => rank(a) - rank(b));
}

/** The line for `~/.ssh/known_hosts`; `undefined` if the console has only the fingerprint. */
export function knownHostsLine(address: string, port: number, { type, key }: HostKey): string | undefined {
  return key === undefined ? undefined : `[${address}]:${port} ${type} ${key}`;
}

const typeNames: Readonly<Record<string, string>> = {
  ED25519: "ssh-ed25519",
  ECDSA: "ecdsa-sha2-nistp256",
  RSA: "ssh-rsa",
};

function rank({ type }: HostKey): number {
  return Object.values(typeNames).indexOf(type);
}

// Other console lines may be between the markers, and earlier blocks may belong to an earlier boot.
function lastBlock(console: string, name: string): readonly string[] {
  const blocks = console.split(`-----BEGIN ${name}-----`);
  return blocks.length < 2 ? [] : (blocks.at(-1)?.split(`-----END ${name}-----`)[0]?.split("\n") ?? []);
}
