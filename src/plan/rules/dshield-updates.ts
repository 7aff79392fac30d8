import type { Rule } from "../rule.ts";
import { isFixed } from "./branch.ts";

/** Warns about weekly updates of a commit or tag, which never changes. */
export const dshieldUpdates: Rule = ({ plan }) => {
  const { ref, updates } = plan.dshield ?? {};
  if (ref === undefined || updates !== "weekly" || !isFixed(ref)) return [];
  return [
    {
      code: "dshield/nothing-to-update",
      at: ["dshield", "updates"],
      message: `ref pins ${ref}, which never changes, so weekly updates find nothing new`,
      hint: "use a branch (ref: main), or write updates: manual",
    },
  ];
};
