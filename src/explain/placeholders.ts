import type { Secrets } from "../artifacts/payload.ts";
import type { Plan } from "../plan/plan.ts";
import { factsOf, type SecretName, secretsOf } from "../plan/secrets.ts";

/** A value for each secret: the literal of the settings, else a harmless one that is as hard to compress. */
export function placeholders(plan: Plan): Secrets {
  return new Map(
    secretsOf(plan).map(
      ({ name, secret }) =>
        [name, secret.kind === "literal" ? secret.value : placeholderOf(name, "a")] as const,
    ),
  );
}

/** About as long as a real one; `variant` makes another. */
export function placeholderOf(name: SecretName, variant: "a" | "b"): string {
  const length = factsOf(name).usualLength ?? 24;
  // A fixed walk through an alphabet: the same bytes each time, and no two parts alike.
  let state = variant === "a" ? 7 : 11;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return alphabet[(state >> 8) % alphabet.length];
  }).join("");
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
