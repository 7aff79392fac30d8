import type { Plan } from "../plan.ts";
import type { Rule } from "../rule.ts";

/** What the sensor runs should be the same tomorrow: a commit, or at least a tag. */
export const branch: Rule = ({ plan }) =>
  refsOf(plan)
    .filter(({ ref }) => ref !== undefined && !isFixed(ref))
    .map(({ at, ref }) => ({
      code: "dshield/branch",
      at,
      message: `${ref} looks like a branch: what is installed would change without your doing`,
      hint: "pin a commit (`git ls-remote` shows them) or a tag",
    }));

function refsOf({ dshield, tools }: Plan) {
  return [
    // To be updated each week, it is to change.
    { at: ["dshield", "ref"], ref: dshield?.updates === "weekly" ? undefined : dshield?.ref },
    { at: ["tools", "cowrieprocessor", "ref"], ref: tools?.cowrieprocessor?.ref },
    { at: ["tools", "json_log_country", "ref"], ref: tools?.jsonLogCountry?.ref },
  ];
}

// Branches have words for names, tags versions; a commit may be abbreviated as git does it.
/** Whether a ref is a commit or looks like a tag. */
export function isFixed(ref: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(ref) || /^[A-Za-z._-]{0,16}\d[\w.-]*$/.test(ref);
}
