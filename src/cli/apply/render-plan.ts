import { type ChangePlan, changesNothing, type MachineKind } from "../../machines/change-plan.ts";

const machines: Readonly<Record<MachineKind, string>> = {
  sensor: "a sensor",
  unfinished: "a sensor whose first boot has not ended",
  waiting: "a sensor that waits for its programs and secrets",
  dshield: "a machine with DShield",
  fresh: "a machine without DShield",
};

const signs = { add: "+", change: "~", remove: "-" } as const;

/** One machine's plan as text. */
export function renderPlan(sensor: string, address: string, plan: ChangePlan): string {
  const { machine, madeBy, files, settings, others, steps, laterSteps } = plan;
  const head = `${sensor} (${address}), ${machines[machine]}${machine === "sensor" ? `, made by ${madeBy}` : ""}`;
  if (machine === "waiting") return `${head}: sends its programs and secrets\n`;
  if (changesNothing(plan)) return `${head}: nothing to change\n`;
  const width = Math.max(0, ...settings.map(({ name }) => name.length));
  return [
    `${head}:`,
    ...section(
      "settings",
      settings.map(({ name, before, after }) => `${name.padEnd(width)}  ${inWords(before, after)}`),
    ),
    ...section(
      "files",
      files.map(
        ({ action, path, isDrift }) =>
          `${signs[action]} ${path}${isDrift ? "  (changed on the machine)" : ""}`,
      ),
    ),
    ...section(
      "other changes",
      others.map(({ subject, action, name }) => `${subject}: ${action} ${name}`),
    ),
    ...section("steps to run again", steps.length === 0 ? [] : [steps.join(", ")]),
    ...section("steps after the confirmation", laterSteps.length === 0 ? [] : [laterSteps.join(", ")]),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

function inWords(before: string, after: string): string {
  if (before === "(secret)" && after === "(secret)") return "another secret";
  if (before === "") return `+ ${after}`;
  return after === "" ? `- ${before}` : `${before} -> ${after}`;
}

/** One machine's plan as JSON. */
export function planJson(plan: ChangePlan): object {
  return {
    machine: plan.machine,
    made_by: plan.madeBy || null,
    changes: !changesNothing(plan),
    settings: plan.settings,
    files: plan.files.map(({ action, path, isDrift }) => ({ action, path, changed_on_the_machine: isDrift })),
    others: plan.others,
    steps: plan.steps,
    later_steps: plan.laterSteps,
  };
}
