import type { Rule } from "../rule.ts";

/** What is installed as root should be the same tomorrow: a commit, or at least a tag. */
export const dshieldRef: Rule = ({ plan }) => {
  const ref = plan.dshield?.ref;
  // Branches have words for names, tags versions; a commit may be abbreviated as git does it.
  if (ref === undefined || /^[0-9a-f]{7,64}$/.test(ref) || /^[A-Za-z._-]{0,16}\d[\w.-]*$/.test(ref))
    return [];
  return [
    {
      code: "dshield/branch",
      at: ["dshield", "ref"],
      message: `${ref} looks like a branch: what is installed would change without your doing`,
      hint: "pin a commit (`git ls-remote` shows them) or a tag",
    },
  ];
};
