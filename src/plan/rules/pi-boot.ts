import { piBoots } from "../resolve-pi-boot.ts";
import type { Rule } from "../rule.ts";

/** Reports Pi settings on another target, and a mechanism that the system does not have. */
export const piBoot: Rule = ({ plan, settings, writerOf }) => {
  if (plan.target !== "pi") {
    if (writerOf(["pi"]) !== "sensor") return [];
    return [
      {
        code: "target/other-section",
        at: ["pi"],
        message: `pi has no effect on target ${plan.target}`,
        hint: "write target: pi, or remove it",
      },
    ];
  }
  const { boot } = settings.pi;
  const known = piBoots[plan.os];
  if (boot === "auto" || known === undefined || known.includes(boot)) return [];
  return [
    {
      code: "target/os-mismatch",
      at: ["pi", "boot"],
      message: `images of ${plan.os} cannot read their settings with ${boot}`,
      hint: `boot may be ${["auto", ...known].join(", ")}`,
    },
  ];
};
