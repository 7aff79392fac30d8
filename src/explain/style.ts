/** The page's style: light or dark as the reader's system, and without background colours in print. */
export const style = `
:root { color-scheme: light dark; --ground: #fdfdfc; --ink: #1f2328; --soft: #5b636d; --line: #d9dde1; --card: #fff;
  --mark: #0b6e99; --mark-soft: #cfe6ef; --warn: #a4420b; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --ink: #e3e6e8; --soft: #9aa4ad; --line: #343a40;
  --card: #1b1f23; --mark: #5db6dc; --mark-soft: #214353; --warn: #f0a070; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.35rem; margin: 0; }
h3 { font-size: 1rem; margin: 0 0 .6rem; } h3 small, h2 small { font-weight: normal; color: var(--soft); }
a { color: var(--mark); }
article { border-top: 3px solid var(--mark); margin-top: 2rem; padding-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
.sections { display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 1fr)); margin-top: 1rem; }
.wide { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
th { font-weight: 600; } th[scope=row] { min-width: 7rem; } thead th { font-weight: normal; color: var(--soft); font-size: .85rem; }
tr > :last-child { padding-right: 0; } article td { min-width: 7.5rem; }
code { font: .9em ui-monospace, monospace; }
figure { margin: 0 auto 1rem; max-width: 27rem; } figcaption { color: var(--soft); font-size: .85rem; margin-top: .25rem; }
figure > svg { display: block; width: 100%; font: 11px system-ui, sans-serif; fill: var(--ink); }
.sign { width: 1em; height: 1em; vertical-align: -.15em; font: 8px system-ui, sans-serif; fill: var(--soft); }
.soft { fill: var(--soft); } .strong { font-weight: 600; } text.soft, text.strong { paint-order: stroke; stroke: var(--card); stroke-width: 3px; } .number { font-size: 9px; } .number.on { fill: var(--card); }
figure line { stroke: var(--soft); } figure .grid, figure .leader { stroke: var(--line); }
rect.fill, circle.fill { fill: var(--mark); } circle.open { fill: var(--card); stroke: var(--mark); stroke-width: 1.5; }
figure line.open { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 2 2; }
.face { fill: none; stroke: var(--soft); } .arc { fill: none; stroke: var(--mark); stroke-width: 4; opacity: .6; }
.card { fill: var(--ground); stroke: var(--soft); } .closed { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
figure .arrow { stroke: var(--mark); } figure .rescue { stroke-dasharray: 5 3; } .head { fill: var(--mark); }
.area { fill: var(--mark-soft); stroke: var(--mark); stroke-width: .75; } .shade-1, .shade-3 { fill: var(--card); }
.track { fill: var(--mark-soft); } figure .limit { stroke: var(--warn); stroke-width: 2; stroke-dasharray: 6 3; }
ul { margin: 0; padding-left: 1.1rem; } .packages { columns: 10rem; }
footer { color: var(--soft); margin-top: 2rem; }
[hidden] { display: none !important; } input { font: inherit; padding: .3rem .6rem; width: 20rem; max-width: 100%; }
@media (max-width: 50rem) { body { padding: .75rem; } .sections { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) { thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr, tr > * { display: block; padding-right: 0; } tr { border-top: 1px solid var(--line); padding: .25rem 0; } tr > * { border: 0; padding: 0; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-size: .85rem; } }
@media print { :root { --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --mark: #0b6e99; --mark-soft: #cfe6ef; }
  * { print-color-adjust: exact; } body { max-width: none; padding: 0; font-size: 10pt; } #_search { display: none; }
  article { break-before: page; margin-top: 0; } article:first-of-type { break-before: auto; }
  section, figure { break-inside: avoid; } }
`;

/** The style of a page of results, which are good or bad. */
export const resultStyle = `${style}
:root { --good: #1a6b3c; } @media (prefers-color-scheme: dark) { :root { --good: #6fcf97; } }
body { max-width: 90rem; } header p { margin: 0; color: var(--soft); }
.badge { font-weight: 600; white-space: nowrap; }`;
