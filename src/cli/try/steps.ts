import type { TrialStep } from "../../trial/report/trial-report.ts";
import { clock, type StatusLine } from "../shared/progress.ts";

/** Shows the steps of a trial: each finished one as a line, and on a terminal the present one below them. */
export type StepDisplay = {
  readonly onStep: (step: string | undefined) => void;
  readonly onDone: (step: TrialStep) => void;
};

export function showSteps(line: StatusLine, say: (text: string) => void): StepDisplay {
  let stop = (): void => {};
  return {
    onStep: (step) => {
      stop();
      line.erase();
      if (step === undefined || !line.isTerminal) return;
      const begin = line.now();
      const draw = (): void => line.show(`${clock((line.now() - begin) / 1000).padStart(7)}  ${step}`);
      draw();
      stop = line.tick(draw);
    },
    onDone: ({ step, seconds }) => say(`${clock(seconds).padStart(7)}  ${step}`),
  };
}
