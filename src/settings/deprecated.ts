import packageFacts from "../../package.json" with { type: "json" };

/** A former name of a setting, a setting without a successor, or former values of a setting. */
export type Deprecation = {
  /** Former path in a sensor's entry: `capture.days`. */
  readonly from: string;
  /** Present path; the same if only values changed, `undefined` if the setting has no successor. */
  readonly to: string | undefined;
  /** Converts a former text, number or boolean to the present one; returns present values unchanged. */
  readonly convert?: (value: Scalar) => Scalar;
  /** Version that deprecated it. Until `refusedFrom`, it is accepted with a warning. */
  readonly since: string;
  /** Version that refuses it, the one after `since`. `upgrade` still replaces it. */
  readonly refusedFrom: string;
};

export type Scalar = string | number | boolean;

/**
 * Deprecated settings, in the order in which they are replaced. Loading and `upgrade` read this table. No setting has
 * been renamed or removed since the first release.
 */
export const deprecations: readonly Deprecation[] = [];

/** Whether this version of sensorbake refuses the former name or value. */
export function isRefused({ refusedFrom }: Deprecation): boolean {
  return compareVersions(packageFacts.version, refusedFrom) >= 0;
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

/** The words of a message about a deprecated setting. */
export function complainOfDeprecated(deprecation: Deprecation): string {
  const { from, to, since, refusedFrom } = deprecation;
  const change =
    to === undefined
      ? `${from} has had no effect since version ${since}`
      : to === from
        ? `this value of ${from} was replaced in version ${since}`
        : `${from} was renamed to ${to} in version ${since}`;
  return isRefused(deprecation) ? change : `${change}; version ${refusedFrom} will refuse it`;
}

/** The present path of a setting with a former one; `undefined` if it has no successor. */
export function presentPath(path: string, table: readonly Deprecation[]): string | undefined {
  let present = path;
  for (const { from, to } of table) {
    if (!isIn(present, from)) continue;
    if (to === undefined) return undefined;
    present = to + present.slice(from.length);
  }
  return present;
}

/** Whether a path is another one or below it. */
export function isIn(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}
