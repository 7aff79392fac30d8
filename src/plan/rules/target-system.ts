import type { Rule } from "../rule.ts";
import { type Target, targets } from "../targets.ts";

/** Not every place runs every system. */
export const targetSystem: Rule = ({ plan, writerOf }) => {
  const { systems }: Target = targets[plan.target];
  if (systems.includes(plan.os)) return [];
  return [
    {
      code: "target/os-mismatch",
      at: [writerOf(["os"]) === "nobody" ? "target" : "os"],
      message: `target ${plan.target} does not run ${plan.os}`,
      hint: `os may be ${systems.join(", ")}`,
    },
  ];
};
