import type { Rule } from "../rule.ts";
import { type Target, targets } from "../targets.ts";

/** Not every place runs every system. */
export const targetSystem: Rule = ({ plan, writerOf }) => {
  const { systems }: Target = targets[plan.target];
  if (systems.includes(plan.os)) return [];
  const writer = writerOf(["os"]);
  // What `defaults` says may well fit the other sensors.
  const isShared = writer === "nobody" || (writer === "defaults" && writerOf(["target"]) === "sensor");
  const source = {
    sensor: "",
    defaults: ", which is the os of defaults",
    nobody: ", the os where none is set",
  };
  return [
    {
      code: "target/os-mismatch",
      at: [isShared ? "target" : "os"],
      message: `target ${plan.target} does not run ${plan.os}${isShared ? source[writer] : ""}`,
      hint: isShared
        ? `set os in the sensor's entry, to one of ${systems.join(", ")}`
        : `os may be ${systems.join(", ")}`,
    },
  ];
};
