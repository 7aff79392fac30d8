import type { Explanation } from "./explanation.ts";
import type { Overview } from "./overview.ts";

/**
 * The explanations as plain data for programs, and the overview of several sensors. Keys are in snake_case, as in the
 * settings. `undefined` becomes null.
 */
export function plainExplanations(
  explanations: readonly Explanation[],
  overview: Overview | undefined,
): object {
  return {
    ...(overview && { overview: snakeCase(overview) }),
    sensors: explanations.map((explanation) => snakeCase(explanation)),
  };
}

function snakeCase(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCase(inner),
    ]),
  );
}
