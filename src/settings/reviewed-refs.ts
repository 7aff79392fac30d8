/**
 * Reviewed commits of the repositories that the first boot clones, by setting, newest first. The first one is the
 * default. Keep the others: `upgrade` replaces them in settings files.
 */
export const reviewedRefs = {
  "dshield.ref": ["3b3ce095f5193faa39b7622cd23d2d05c30ff092"],
  "tools.cowrieprocessor.ref": ["87290ca875edbc1d0eb6d46eaa6c6f3030c57715"],
  "tools.json_log_country.ref": ["92a791b23b1399f92255f50d0037f9e0f4ed1149"],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;
