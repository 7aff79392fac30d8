import { visible } from "../diagnostics/visible.ts";
import { wrap } from "../diagnostics/wrap.ts";
import type { Explanation, Job, SecretPlaces } from "./explanation.ts";
import { columns } from "./text-columns.ts";
import { bytesInWords, diskRows, fromInWords, placesInWords, sizeInWords } from "./words.ts";

/** `width`: maximum columns of a line; longer words stay whole. */
export type TextOptions = { readonly width: number; readonly color: boolean };

/** The explanations as text, in sections with a heading and columns. */
export function renderText(explanations: readonly Explanation[], options: TextOptions): string {
  return explanations.map((explanation) => renderOne(explanation, options)).join("\n\n");
}

function renderOne(explanation: Explanation, { width, color }: TextOptions): string {
  const paint = (code: number) => (text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim] = [paint(1), paint(2)];
  const { sensor, target, os, timetable, packages, size } = explanation;
  const section = (title: string, about: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", ...heading(title, about), ...lines];
  const heading = (title: string, about: string): readonly string[] => {
    const [start = "", ...more] = wrap(visible(about), width - title.length - 2);
    return [
      `${bold(title)}${start === "" ? "" : dim(`: ${start}`)}`,
      ...more.map((line) => dim(`  ${line}`)),
    ];
  };
  const rows = (cells: readonly (readonly string[])[]) => columns(cells, width);
  const lines = [
    `${bold(visible(sensor))}${dim(visible(`: ${target}, ${os}`))}`,
    ...section("Overview", "", rows(explanation.choices.map(({ about, is }) => [about, is]))),
    ...section(
      "First boot",
      "steps in order; resumes after a power cut",
      rows(explanation.steps.map(({ name, does }) => [name, does])),
    ),
    ...section("Services", "", rows(explanation.services.map(({ unit, does }) => [unit, does]))),
    ...section("Timetable", `in ${timetable.timezone} (${timetable.offset})`, [
      ...rows(timetable.jobs.map(({ when, command, does }) => [when, command, does])),
      "",
      ...chart(timetable.jobs, width),
    ]),
    ...section(
      "Ports",
      "",
      rows(explanation.ports.map(({ to, from, serves }) => [to, serves, fromInWords(from)])),
    ),
    ...section(
      "Outgoing",
      "connections that the sensor makes",
      rows(explanation.outgoing.map(({ to, port, why }) => [to, port, why])),
    ),
    ...section("Disk", "", rows(diskRows(explanation.disk))),
    ...section(
      "Secrets",
      "values are never shown",
      explanation.secrets.flatMap((secret) => secretLines(secret, rows)),
    ),
    ...section(
      "User-data",
      sizeInWords(size),
      rows(size.features.map(({ feature, bytes }) => [feature, bytesInWords(bytes, size)])),
    ),
    ...section("Packages", `${packages.length}`, columns([[packages.join(" ")]], width)),
  ];
  return `${lines.join("\n")}\n`;
}

function secretLines(
  { setting, from, places }: SecretPlaces,
  rows: (cells: readonly (readonly string[])[]) => readonly string[],
): readonly string[] {
  return [
    ...rows([[setting, from]]),
    ...rows(placesInWords(places).map((words) => [words])).map((line) => `  ${line}`),
  ];
}

/** A chart of the jobs in each of 24 hours, with two characters for an hour, or one on a narrow terminal. */
function chart(jobs: readonly Job[], width: number): readonly string[] {
  const timed = jobs.filter(({ runsByHour }) => runsByHour.length > 0);
  if (timed.length === 0) return [];
  const name = Math.max(...timed.map(({ command }) => command.length));
  const cell = 2 + name + 2 + 48 <= width ? 2 : 1;
  const line = (start: string, cells: readonly string[]) =>
    `  ${start.padEnd(name)}  ${cells.join("").trimEnd()}`;
  const hours = Array.from({ length: 8 }, (_, third) => String(3 * third).padEnd(3 * cell));
  const sign = (runs: number, isDaily: boolean) => (runs === 0 ? "." : runs > 1 ? "#" : isDaily ? "*" : "+");
  const seldom = timed.every(({ isDaily }) => isDaily) ? "" : ", + not every day";
  return [
    line("", hours),
    ...timed.map(({ command, runsByHour, isDaily }) =>
      line(
        command,
        runsByHour.map((runs) => sign(runs, isDaily).padEnd(cell)),
      ),
    ),
    `  * once in the hour, # several times${seldom}`,
  ];
}
