import { button, element } from "./dom.ts";
import type { Problem } from "./protocol.ts";

/** Lists the problems below the editor; each one's button moves the cursor there. */
export function showProblems(
  list: HTMLElement,
  summary: HTMLElement,
  problems: readonly Problem[],
  goTo: (offset: number) => void,
): void {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  summary.textContent =
    problems.length === 0
      ? "None."
      : `${count(errors, "error")}, ${count(problems.length - errors, "warning")}.`;
  list.replaceChildren(...problems.slice(0, mostShown).map((problem) => item(problem, goTo)));
}

const mostShown = 100;

function item({ severity, code, message, hint, where, range }: Problem, goTo: (offset: number) => void) {
  const place = range === undefined ? where : button(where, () => goTo(range.from));
  return element(
    "li",
    { className: severity },
    place,
    ` ${severity}: ${message} `,
    element("small", {}, `[${code}]`),
    ...(hint === undefined ? [] : [element("span", { className: "hint" }, hint)]),
  );
}
