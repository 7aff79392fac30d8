import type { Plan } from "../plan.ts";
import type { Rule } from "../rule.ts";

/** Warns about a branch, because the installed programs should not change: use a commit, or at least a tag. */
export const branch: Rule = ({ plan }) =>
  refsOf(plan)
    .filter(({ ref }) => ref !== undefined && !isFixed(ref))
    .map(({ at, ref }) => ({
      code: "dshield/branch",
      at,
      message: `${ref} looks like a branch, so the installed programs could change at any time`,
      hint: "pin a commit (`git ls-remote` shows them) or a tag",
    }));

function refsOf({ dshield, tools }: Plan) {
  return [
    // Weekly updates need a branch.
    { at: ["dshield", "ref"], ref: dshield?.updates === "weekly" ? undefined : dshield?.ref },
    { at: ["tools", "cowrieprocessor", "ref"], ref: tools?.cowrieprocessor?.ref },
    { at: ["tools", "json_log_country", "ref"], ref: tools?.jsonLogCountry?.ref },
  ];
}

// Branches have words as names, tags have versions; a commit may be abbreviated.
/** Whether a ref is a commit or looks like a tag. */
export function isFixed(ref: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(ref) || /^[A-Za-z._-]{0,16}\d[\w.-]*$/.test(ref);
}
