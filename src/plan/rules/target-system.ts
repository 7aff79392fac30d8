import type { Rule } from "../rule.ts";
import { type Target, targets } from "../targets.ts";

/** Checks that the target supports the operating system. */
export const targetSystem: Rule = ({ plan, writerOf }) => {
  const { systems }: Target = targets[plan.target];
  if (systems.includes(plan.os)) return [];
  const writer = writerOf(["os"]);
  // The value in `defaults` may fit the other sensors.
  const isShared = writer === "built-in" || (writer === "defaults" && writerOf(["target"]) === "sensor");
  const source = {
    sensor: "",
    defaults: " from defaults",
    "built-in": ", the default os",
  };
  return [
    {
      code: "target/os-mismatch",
      at: [isShared ? "target" : "os"],
      message: `target ${plan.target} does not support ${plan.os}${isShared ? source[writer] : ""}`,
      hint: isShared
        ? `set os in the sensor's entry to one of ${systems.join(", ")}`
        : `set os to one of ${systems.join(", ")}`,
    },
  ];
};
