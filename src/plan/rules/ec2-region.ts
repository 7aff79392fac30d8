import type { Rule } from "../rule.ts";

/** Settings of EC2 have an effect only on a sensor of EC2, and there only with a region. */
export const ec2Region: Rule = ({ plan, settings, writerOf }) => {
  if (plan.target !== "ec2") {
    if (writerOf(["ec2"]) !== "sensor") return [];
    return [
      {
        code: "target/other-section",
        at: ["ec2"],
        message: `ec2 has no effect on target ${plan.target}`,
        hint: "write target: ec2, or leave it out",
      },
    ];
  }
  if (writerOf(["ec2"]) === "nobody" || settings.ec2.region !== undefined) return [];
  return [
    {
      code: "settings/missing-key",
      at: ["ec2", "region"],
      message: "region is missing; without it nothing can be launched on EC2",
      hint: "e.g. region: eu-central-1",
    },
  ];
};
