/** A numbered step of a README: what to do, lines to paste, and remarks after them. */
export type Step = {
  readonly text: string;
  readonly lines?: readonly string[];
  readonly remarks?: readonly string[];
};

export function stepsText(steps: readonly Step[]): string {
  return steps
    .map(({ text, lines = [], remarks = [] }, index) => {
      const pasted = lines.map((line) => `    ${line}\n`).join("");
      const further = remarks.map((remark) => `     ${remark}\n`).join("");
      return `  ${index + 1}. ${text}\n${pasted}${further}`;
    })
    .join("");
}
