import type { Rule } from "../rule.ts";

/** Reports EC2 settings on another target, and a missing region. */
export const ec2Region: Rule = ({ plan, settings, writerOf }) => {
  if (plan.target !== "ec2") {
    if (writerOf(["ec2"]) !== "sensor") return [];
    return [
      {
        code: "target/other-section",
        at: ["ec2"],
        message: `ec2 has no effect on target ${plan.target}`,
        hint: "write target: ec2, or remove it",
      },
    ];
  }
  if (writerOf(["ec2"]) === "built-in" || settings.ec2.region !== undefined) return [];
  return [
    {
      code: "settings/missing-key",
      at: ["ec2", "region"],
      message: "region is missing; launching on EC2 needs it",
      hint: "e.g. region: eu-central-1",
    },
  ];
};
