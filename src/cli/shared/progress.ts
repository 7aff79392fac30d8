/** Where progress is shown: a terminal redraws one line; other outputs get a whole line now and then. */
export type ProgressOutput = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
};

/**
 * Progress of work in parts, each in bytes. `stage` begins a part, whose estimated total may be corrected later;
 * `end` restores the terminal.
 */
export type Progress = {
  readonly stage: (label: string, total: number) => (bytes: number, total?: number) => void;
  readonly end: () => void;
};

const redrawEvery = 100;
const lineEvery = 10_000;

/** The line that says how far something is: a terminal redraws it in place. */
export type StatusLine = {
  /** Whether enough time has passed to show another one. */
  readonly isDue: () => boolean;
  readonly show: (text: string) => void;
  readonly erase: () => void;
};

export function statusLine({ write, isTerminal, columns, now }: ProgressOutput): StatusLine {
  let lastShown = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    isDue: () => now() - lastShown >= (isTerminal ? redrawEvery : lineEvery),
    show: (text) => {
      lastShown = now();
      isDrawn = isTerminal;
      write(isTerminal ? `\r${text.slice(0, columns - 1)}\x1b[K` : `${text}\n`);
    },
    erase: () => {
      if (isDrawn) write("\r\x1b[K");
      isDrawn = false;
    },
  };
}

export function showProgress(output: ProgressOutput): Progress {
  const { isTerminal, columns, now } = output;
  const running: Part[] = [];
  const line = statusLine(output);
  const show = (part: Part) => line.show(describe(part, now(), isTerminal ? columns : 0));
  return {
    stage: (label, total) => {
      const part: Part = { label, total, started: now(), done: 0 };
      running.push(part);
      return (bytes, better) => {
        if (!running.includes(part)) return;
        part.done = bytes;
        part.total = better ?? part.total;
        const isFinished = bytes >= part.total;
        if (isFinished) running.splice(running.indexOf(part), 1);
        // A terminal shows the oldest of several concurrent parts; other outputs show the end of each.
        if (isFinished && !isTerminal) show(part);
        else if (line.isDue()) show(running[0] ?? part);
      };
    },
    end: line.erase,
  };
}

/** The process's standard error. */
export function standardError(): ProgressOutput {
  const { stderr } = process;
  return {
    write: (text) => void stderr.write(text),
    isTerminal: stderr.isTTY === true && process.env.TERM !== "dumb",
    // A serial line does not know its width and reports 0.
    columns: stderr.columns || 80,
    now: () => performance.now(),
  };
}

type Part = { readonly label: string; total: number; readonly started: number; done: number };

function describe({ label, total, started, done }: Part, at: number, columns: number): string {
  const seconds = (at - started) / 1000;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 && share < 1 ? `, ${clock((total - done) / rate)} left` : "";
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const facts = `${percent}  ${size(done)} of ${size(total)}, ${size(rate)}/s${left}`;
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
