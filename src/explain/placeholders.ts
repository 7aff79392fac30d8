import type { Secrets } from "../artifacts/payload.ts";
import type { Plan } from "../plan/plan.ts";
import { factsOf, type SecretName, secretsOf } from "../plan/secrets.ts";

/** A value for each secret: the literal in the settings, else a placeholder that compresses equally badly. */
export function placeholders(plan: Plan): Secrets {
  return new Map(
    secretsOf(plan).map(
      ({ name, secret }) =>
        [name, secret.kind === "literal" ? secret.value : placeholderOf(name, "a")] as const,
    ),
  );
}

/** A placeholder about as long as a real value; another `variant` returns another value. */
export function placeholderOf(name: SecretName, variant: "a" | "b"): string {
  const length = factsOf(name).usualLength ?? 24;
  // A fixed sequence through an alphabet: the same bytes each time, with no repeated part.
  let state = variant === "a" ? 7 : 11;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return alphabet[(state >> 8) % alphabet.length];
  }).join("");
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
