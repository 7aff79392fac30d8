import { numberOf } from "../diagnostics/number-of.ts";
import { button, element } from "./dom.ts";
import type { Problem } from "./protocol.ts";

/** Buttons of a problem: to its place, and to correct it if one correction is obvious. */
type Actions = { readonly goTo: (offset: number) => void; readonly fix: (problem: Problem) => void };

/** Lists the problems below the editor. */
export function showProblems(
  list: HTMLElement,
  summary: HTMLElement,
  problems: readonly Problem[],
  actions: Actions,
): void {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  summary.textContent =
    problems.length === 0
      ? "None."
      : `${numberOf(errors, "error")}, ${numberOf(problems.length - errors, "warning")}.`;
  list.replaceChildren(...problems.slice(0, mostShown).map((problem) => item(problem, actions)));
}

const mostShown = 100;

function item(problem: Problem, { goTo, fix }: Actions) {
  const { severity, code, message, hint, where, range } = problem;
  const place = range === undefined ? where : button(where, () => goTo(range.from));
  const fixes = problem.fix === undefined ? [] : [" ", button(`Write ${problem.fix}`, () => fix(problem))];
  return element(
    "li",
    { className: severity },
    place,
    ` ${severity}: ${message} `,
    element("small", {}, `[${code}]`),
    ...fixes,
    ...(hint === undefined ? [] : [element("span", { className: "hint" }, hint)]),
  );
}
