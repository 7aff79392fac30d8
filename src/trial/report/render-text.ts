import { displayWidth } from "../../diagnostics/display-width.ts";
import { visible } from "../../diagnostics/visible.ts";
import { wrap } from "../../diagnostics/wrap.ts";
import type { AttackId } from "../attacks/attack.ts";
import type { Observation } from "../observe/observe-trial.ts";
import { type Place, places } from "../observe/place.ts";
import {
  changedObservations,
  changeFailure,
  missing,
  notExpected,
  sentTotals,
  type TrialReport,
  verdict,
} from "./trial-report.ts";

export type TextOptions = {
  /** Columns of the terminal; `undefined`: no terminal, and lines of any length. */
  readonly width: number | undefined;
  readonly color: boolean;
};

/** The report for a terminal or a pipe. Text of the sensor is shown as `visible` does. */
export function renderText(report: TrialReport, options: TextOptions): string {
  const { result, steps, sent, additions } = report;
  const blocks = [
    paragraph(verdict(report), options)
      .map((line) => `${line}\n`)
      .join(""),
    section(
      "STEPS",
      rows(
        steps.map(({ step, seconds }) => [`${seconds} s`, step]),
        options,
      ),
    ),
    section("PROMISES", result.observations.map((one) => observationLines(one, options)).join("")),
    result.attacks.length === 0 ? "" : section("ATTACKS", attackTable(report, options)),
    section("PROMISES AFTER THE CHANGE", changeLines(report, options)),
    section("WOULD HAVE BEEN SENT", rows(sentTotals(sent).map(totalRow), options)),
    section(
      "ADDED TO THE SENSOR",
      rows(
        additions.map(({ what, why }) => [what, why]),
        options,
      ),
    ),
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

function section(title: string, body: string): string {
  return body === "" ? "" : `${title}\n${body}`;
}

function changeLines(report: TrialReport, options: TextOptions): string {
  const failure = changeFailure(report);
  const lines = failure === "" ? [] : paragraph(`the change failed: ${failure}`, options);
  return [
    ...lines.map((line, index) => `${index === 0 ? colored("!!", options) : "  "} ${line}\n`),
    ...changedObservations(report).map((one) => observationLines(one, options)),
  ].join("");
}

function observationLines(one: Observation, options: TextOptions): string {
  const mark = one.observed === undefined ? "--" : one.observed ? "ok" : "!!";
  const first = `${one.promise}${one.observed === true ? "" : `: ${one.evidence}`}`;
  const lines = [...paragraph(first, options)];
  if (one.observed === true) lines.push(...paragraph(one.evidence, options));
  if (one.hint !== "") lines.push(...paragraph(`look at it: ${one.hint}`, options));
  return lines.map((line, index) => `${index === 0 ? colored(mark, options) : "  "} ${line}\n`).join("");
}

function paragraph(text: string, { width }: TextOptions): readonly string[] {
  const shown = visible(text);
  return width === undefined ? [shown] : wrap(shown, Math.max(width - 3, 20));
}

const names: Readonly<Record<AttackId, string>> = {
  "ssh-login": "SSH login",
  "telnet-login": "telnet login",
  "web-request": "web request",
  "port-scan": "port scan",
};

const heads: Readonly<Record<Place, string>> = {
  capture: "CAPTURE",
  "cowrie log": "COWRIE",
  "web log": "WEB",
  "firewall log": "FIREWALL",
  "collected logs": "COLLECTED",
  archive: "ARCHIVE",
  status: "STATUS",
};

function attackTable(report: TrialReport, options: TextOptions): string {
  const cell = { seen: "seen", missing: "MISSING", "not expected": "-" } as const;
  const widths = places.map((place) => Math.max(heads[place].length, 7));
  const line = (head: string, cells: readonly string[]) =>
    `${head.padEnd(12)}  ${cells.map((text, index) => colored(text.padEnd(widths[index] ?? 0), options)).join(" ")}`;
  const lines = [
    line(
      "",
      places.map((place) => heads[place]),
    ),
    ...report.result.attacks.map(({ attack, appearances }) =>
      line(
        names[attack.id],
        places.map((place) => cell[appearances.find((one) => one.place === place)?.state ?? "not expected"]),
      ),
    ),
  ];
  const notes = [
    ...report.result.attacks.map(({ attack }) => `${attack.what}: ${attack.outcome}`),
    ...missing(report).map((text) => `missing: ${text}`),
    ...notExpected(report),
  ];
  const notesText = notes.flatMap((text) =>
    paragraph(text, options).map((part, index) => `${index === 0 ? "- " : "  "}${part}\n`),
  );
  return `${lines.map((text) => `${text.trimEnd()}\n`).join("")}${notesText.join("")}`;
}

function totalRow({
  kind,
  to,
  what,
  count,
  bytes,
}: ReturnType<typeof sentTotals>[number]): readonly string[] {
  return [`${kind} ${to}`, what, count === 1 ? "once" : `${count} times`, `${bytes} bytes`];
}

/** Columns separated by two spaces; on a narrow terminal the last one is cut. */
function rows(cells: readonly (readonly string[])[], { width }: TextOptions): string {
  const shown = cells.map((row) => row.map(visible));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => displayWidth(row[column] ?? ""))),
  );
  return shown
    .map((row) => {
      const text = row
        .map((one, column) => one + " ".repeat((widths[column] ?? 0) - displayWidth(one)))
        .join("  ")
        .trimEnd();
      return width !== undefined && text.length > width ? `${text.slice(0, width - 3)}...\n` : `${text}\n`;
    })
    .join("");
}

function colored(text: string, { color }: TextOptions): string {
  const code = colors[text.trim()];
  return color && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;
}

const colors: Readonly<Record<string, number>> = { ok: 32, seen: 32, "!!": 31, MISSING: 31, "--": 33 };
