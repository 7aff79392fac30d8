import type { Disk, Explanation, Job, SecretPlaces, Size, Timetable } from "./explanation.ts";
import { html, type Markup } from "./markup.ts";
import { style } from "./style.ts";
import { bytesInWords, diskRows, fromInWords, placesInWords, sizeInWords } from "./words.ts";

/** Marks every page that `explain` wrote. */
export const pageMark = '<meta name="generator" content="sensorbake explain">';

/** One self-contained page without scripts or other files, to print, send and keep. */
export function renderHtml(explanations: readonly Explanation[]): string {
  const names = explanations.map(({ sensor }) => sensor);
  const title = names.length === 1 ? `${names[0]}: what the sensor does` : `What ${names.length} sensors do`;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${{ markup: pageMark }}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${names.length === 1 ? "" : html`<nav>${names.map((name) => html`<a href="#${name}">${name}</a> `)}</nav>`}
</header>
<main>
${explanations.map(article)}</main>
<footer>Made by <code>sensorbake explain</code>. It holds no secret.</footer>
</body>
</html>
`;
  return markup;
}

function article(explanation: Explanation): Markup {
  const { sensor, target, os, choices, steps, services, ports, outgoing, packages } = explanation;
  return html`<article id="${sensor}">
<h2>${sensor} <small>${target}, ${os}</small></h2>
<div class="sections">
${section(
  "Overview",
  "",
  table(
    ["about", "decided"],
    choices.map(({ about, is }) => [about, is]),
  ),
  "wide",
)}
${section(
  "First boot",
  "steps in order; each runs once",
  table(
    ["step", "what it does"],
    steps.map(({ name, does }) => [name, does]),
  ),
)}
${section(
  "Services",
  "",
  table(
    ["unit", "what it does"],
    services.map(({ unit, does }) => [unit, does]),
  ),
)}
${day(explanation.timetable)}
${section(
  "Ports",
  "",
  table(
    ["port", "what answers", "who may connect"],
    ports.map(({ to, from, serves }) => [to, serves, fromInWords(from)]),
  ),
  "wide",
)}
${section(
  "Outgoing",
  "connections that the sensor makes",
  table(
    ["to", "port", "why"],
    outgoing.map(({ to, port, why }) => [to, port, why]),
  ),
  "wide",
)}
${section("Disk", "", html`${diskBar(explanation.disk)}${table(["part", "size"], diskRows(explanation.disk))}`)}
${section("User-data", sizeInWords(explanation.size), html`${sizeBar(explanation.size)}${sizeTable(explanation.size)}`)}
${explanation.secrets.length === 0 ? "" : section("Secrets", "values are never shown", table(["setting", "read from", "files that hold it"], explanation.secrets.map(secretRow)), "wide")}
${section("Packages", String(packages.length), html`<ul class="packages">${packages.map((name) => html`<li>${name}</li>`)}</ul>`, "wide")}
</div>
</article>
`;
}

function section(title: string, about: string, content: Markup, kind = ""): Markup {
  return html`<section class="${kind}"><h3>${title}${about === "" ? "" : html` <small>${about}</small>`}</h3>
${content}</section>`;
}

type Cell = string | Markup;

/** On a phone a row is a block, and a third cell needs its label. */
function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const cellOf = (cell: Cell, index: number) =>
    columns.length > 2
      ? html`<td data-label="${columns[index + 1] ?? ""}">${cell}</td>`
      : html`<td>${cell}</td>`;
  return html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
${rows.map(
  ([head = "", ...cells]) => html`<tr><th scope="row">${head}</th>${cells.map(cellOf)}</tr>
`,
)}</table>`;
}

function day({ timezone, offset, jobs }: Timetable): Markup {
  const rows = jobs.map(({ when, command, does }) => [when, html`<code>${command}</code>`, does]);
  const timed = jobs.filter(({ runsByHour }) => runsByHour.length > 0);
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const chart = html`<table class="day" aria-hidden="true">
<tr><th>hour</th>${hours.map((hour) => html`<td>${hour}</td>`)}</tr>
${timed.map(
  (
    job,
  ) => html`<tr><th><code>${job.command}</code></th>${job.runsByHour.map((runs) => hourCell(runs, job.isDaily))}</tr>
`,
)}</table>
<p class="legend" aria-hidden="true">${legend(timed)}</p>`;
  const content = html`${table(["when", "program", "what it does"], rows)}${timed.length === 0 ? "" : chart}`;
  return section("Timetable", `in ${timezone} (${offset})`, content, "wide");
}

function legend(jobs: readonly Job[]): readonly Markup[] {
  const kinds: readonly (readonly [kind: string, words: string])[] = [
    ["often", "several times in the hour"],
    ["once", "once in the hour"],
    ["once seldom", "once, not every day"],
    ["often seldom", "several times, not every day"],
  ];
  const shown = new Set(
    jobs.flatMap(({ runsByHour, isDaily }) => runsByHour.map((runs) => kindOf(runs, isDaily))),
  );
  return kinds
    .filter(([kind]) => shown.has(kind))
    .map(([kind, words]) => html`<span><i class="${kind}"></i> ${words}</span> `);
}

function kindOf(runs: number, isDaily: boolean): string {
  if (runs === 0) return "";
  return `${runs === 1 ? "once" : "often"}${isDaily ? "" : " seldom"}`;
}

function hourCell(runs: number, isDaily: boolean): Markup {
  if (runs === 0) return html`<td><i></i></td>`;
  const times = runs === 1 ? "once" : `${runs} times`;
  return html`<td><i class="${kindOf(runs, isDaily)}" title="${times}${isDaily ? "" : ", not every day"}"></i></td>`;
}

function secretRow({ setting, from, places }: SecretPlaces): readonly Cell[] {
  return [setting, from, html`<ul>${placesInWords(places).map((words) => html`<li>${words}</li>`)}</ul>`];
}

function diskBar(disk: Disk): Markup {
  const { sizeGigabytes, neededGigabytes, availableGigabytes } = disk;
  if (sizeGigabytes === undefined) return html``;
  const parts = [disk.systemGigabytes, disk.captureGigabytes, disk.archiveGigabytes, disk.spoolGigabytes];
  return bar(parts, Math.max(sizeGigabytes, neededGigabytes), neededGigabytes > (availableGigabytes ?? 0));
}

function sizeBar({ bytes, limitBytes, features }: Size): Markup {
  const whole = limitBytes ?? bytes;
  return bar(
    features.map((feature) => feature.bytes),
    Math.max(whole, bytes),
    bytes > whole,
  );
}

function bar(parts: readonly number[], whole: number, isOver: boolean): Markup {
  const widths = parts.map((part) => html`<b style="width: ${((100 * part) / whole).toFixed(2)}%"></b>`);
  return html`<div class="bar${isOver ? " over" : ""}" aria-hidden="true">${widths}</div>`;
}

function sizeTable(size: Size): Markup {
  return table(
    ["part", "size"],
    size.features.map(({ feature, bytes }) => [feature, bytesInWords(bytes, size)]),
  );
}
