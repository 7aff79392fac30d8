import type { Secrets } from "../artifacts/payload.ts";
import { pathText } from "../diagnostics/path-text.ts";
import type { Plan } from "../plan/plan.ts";
import { secretsOf } from "../plan/secrets-of.ts";

/** What stands for each secret: what the settings say themselves, else a value that is none and as hard to compress. */
export function placeholders(plan: Plan): Secrets {
  return new Map(
    secretsOf(plan).map(({ path, secret }) => {
      const setting = pathText(path);
      return [setting, secret.kind === "literal" ? secret.value : placeholderOf(setting, "a")] as const;
    }),
  );
}

/** About as long as a real one; `variant` makes another. */
export function placeholderOf(setting: string, variant: "a" | "b"): string {
  const length = lengths[setting] ?? 24;
  // A fixed walk through an alphabet: the same bytes each time, and no two parts alike.
  let state = variant === "a" ? 7 : 11;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return alphabet[(state >> 8) % alphabet.length];
  }).join("");
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Characters of an ed25519 key as ssh-keygen writes it. */
const lengths: Readonly<Record<string, number>> = { "transfer.private_key": 400 };
