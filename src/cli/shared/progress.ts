import { thousands } from "../../diagnostics/number-of.ts";

/** Where progress is shown: a terminal redraws one line; other outputs get a whole line now and then. */
export type ProgressOutput = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
  /** Calls `work` again and again, until the returned function is called. */
  readonly every: (milliseconds: number, work: () => void) => () => void;
};

/** The progress of work in parts. `end` stops all parts and restores the terminal. */
export type Progress = {
  /** Begins a part in bytes, whose estimated total may be corrected later. */
  readonly stage: (label: string, total: number) => (bytes: number, total?: number) => void;
  /** Begins a part that is counted, for example in `sensors`; each call counts one more. Only a terminal shows it. */
  readonly count: (label: string, total: number, unit: string) => () => void;
  readonly end: () => void;
};

const redrawEvery = 100;
const lineEvery = 10_000;

/** A counted part that ends sooner is not drawn. */
const shownAfter = 500;

const tickEvery = 1000;

/** The line that says how far something is: a terminal redraws it in place. */
export type StatusLine = Pick<ProgressOutput, "isTerminal" | "columns" | "now"> & {
  /**
   * On a terminal, calls `work` once a second until the returned function is called, so that the line's time is right
   * even if nothing is reported.
   */
  readonly tick: (work: () => void) => () => void;
  /** Whether enough time has passed to show another one. */
  readonly isDue: () => boolean;
  readonly show: (text: string) => void;
  readonly erase: () => void;
};

export function statusLine(output: ProgressOutput): StatusLine {
  const { write, isTerminal, now, every } = output;
  let lastShown = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    isTerminal,
    now,
    tick: (work) => (isTerminal ? every(tickEvery, work) : () => {}),
    // The window may change its size.
    get columns() {
      return output.columns;
    },
    isDue: () => now() - lastShown >= (isTerminal ? redrawEvery : lineEvery),
    show: (text) => {
      lastShown = now();
      isDrawn = isTerminal;
      write(isTerminal ? `\r${text.slice(0, output.columns - 1)}\x1b[K` : `${text}\n`);
    },
    erase: () => {
      if (isDrawn) write("\r\x1b[K");
      isDrawn = false;
    },
  };
}

/** Shows the progress of parts in a status line. A terminal shows the oldest of several concurrent parts. */
export function showProgress(line: StatusLine): Progress {
  const { isTerminal, now } = line;
  const running: Part[] = [];
  let stopTicking: (() => void) | undefined;
  const beginning = () => ({ started: now(), moved: now(), done: 0 });
  const show = (part: Part) => line.show(describe(part, now(), isTerminal ? line.columns : 0));
  const showOldest = () => {
    const [oldest] = running;
    if (oldest === undefined) return;
    if (oldest.unit === undefined || now() - oldest.started >= shownAfter) show(oldest);
  };
  const begin = (part: Part) => {
    running.push(part);
    stopTicking ??= line.tick(showOldest);
  };
  const end = () => {
    stopTicking?.();
    stopTicking = undefined;
    running.length = 0;
    line.erase();
  };
  const move = (part: Part, done: number, total: number) => {
    if (!running.includes(part)) return;
    Object.assign(part, { done, total, moved: now() });
    const isFinished = done >= total;
    if (isFinished) running.splice(running.indexOf(part), 1);
    // Elsewhere the end of each part is shown.
    if (isFinished && !isTerminal) show(part);
    else if (running.length === 0) end();
    else if (line.isDue()) showOldest();
  };
  return {
    stage: (label, total) => {
      const part: Part = { label, total, unit: undefined, ...beginning() };
      begin(part);
      return (bytes, better) => move(part, bytes, better ?? part.total);
    },
    count: (label, total, unit) => {
      if (!isTerminal) return () => {};
      const part: Part = { label, total, unit, ...beginning() };
      begin(part);
      return () => move(part, part.done + 1, total);
    },
    end,
  };
}

/** Yields the items and counts those that are finished. */
export function* counted<Item>(
  items: readonly Item[],
  label: string,
  unit: string,
  line: StatusLine,
): Generator<Item, void> {
  const progress = showProgress(line);
  const finished = progress.count(label, items.length, unit);
  try {
    for (const item of items) {
      yield item;
      finished();
    }
  } finally {
    progress.end();
  }
}

/** The process's standard error. A CI job's log keeps each redrawn line, so it is no terminal, even if it has one. */
export function standardError(): ProgressOutput {
  const { stderr } = process;
  const isCi = !["", "0", "false"].includes(process.env.CI ?? "");
  return {
    write: (text) => void stderr.write(text),
    isTerminal: stderr.isTTY === true && process.env.TERM !== "dumb" && !isCi,
    // A serial line does not know its width and reports 0.
    get columns() {
      return stderr.columns || 80;
    },
    now: () => performance.now(),
    every: (milliseconds, work) => {
      const timer = setInterval(work, milliseconds).unref();
      return () => clearInterval(timer);
    },
  };
}

type Part = {
  readonly label: string;
  total: number;
  /** `undefined`: bytes. */
  readonly unit: string | undefined;
  readonly started: number;
  /** When `done` changed last. */
  moved: number;
  done: number;
};

function describe({ label, total, unit, started, moved, done }: Part, at: number, columns: number): string {
  const seconds = (at - started) / 1000;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const rate = seconds > 0 ? done / seconds : 0;
  // If nothing moves for longer than all of the rest should take, the estimate is wrong.
  const isLate = (at - moved) * done > (total - done) * (moved - started);
  const left =
    share === 1
      ? ""
      : rate === 0 || isLate
        ? `, ${clock(seconds)} so far`
        : `, ${clock((total - done) / rate)} left`;
  const amount =
    unit === undefined
      ? `${size(done)} of ${size(total)}, ${size(rate)}/s`
      : `${thousands(done)} of ${thousands(total)} ${unit}`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const facts = `${percent}  ${amount}${left}`;
  const room = columns - label.length - facts.length - 6;
  const width = Math.min(30, room);
  const bar = width < 5 ? "" : ` [${"#".repeat(Math.round(share * width)).padEnd(width, ".")}]`;
  return `${label}${bar} ${facts.trimStart()}`;
}

/** Bytes in a readable unit, in powers of ten as on a card's label. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(unit === 0 || value >= 99.5 ? 0 : 1)} ${units[unit]}`;
}

/** Minutes and seconds, e.g. `2:05`; never negative. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
