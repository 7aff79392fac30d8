import type { Rule } from "../rule.ts";

/** Reports settings for OpenTofu's machine on a target that does not use them. */
export const machineSection: Rule = ({ plan: { target, machine }, writerOf }) => {
  if (machine !== undefined || writerOf(["machine"]) !== "sensor") return [];
  return [
    {
      code: "target/other-section",
      at: ["machine"],
      message: `machine has no effect on target ${target}`,
      hint: target === "ec2" ? "write it into ec2, e.g. ec2: {instance_type: t3.small}" : "remove it",
    },
  ];
};
