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
tr > :last-child { padding-right: 0; }
code { font: .9em ui-monospace, monospace; }
.day { table-layout: fixed; margin-top: 1rem; } .day th { width: 15rem; } .day tr > * { border: 0; }
.day td { padding: .2rem 0 .2rem 2px; } .day tr:first-child { color: var(--soft); font-size: .75rem; } .day tr:first-child th { font-weight: normal; }
.day i, .legend i { display: block; height: 1.1rem; border-radius: 2px; background: var(--line); }
.day i:not([class]) { opacity: .45; }
.day .once, .legend .once { background: var(--mark); } .day .often, .legend .often { background: var(--mark-soft); }
.day .seldom, .legend .seldom { background: none; border: 2px solid var(--mark); } .day .often.seldom, .legend .often.seldom { border-color: var(--mark-soft); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .75rem 0 0; color: var(--soft); font-size: .85rem; }
.legend i { display: inline-block; width: 1.1rem; height: .8rem; }
.bar { display: flex; height: .9rem; border-radius: .25rem; overflow: hidden; background: var(--line); margin: .25rem 0 .75rem; }
.bar b { background: var(--mark); border-right: 1px solid var(--card); } .bar b:nth-child(even) { opacity: .7; }
.bar.over b { background: var(--warn); }
ul { margin: 0; padding-left: 1.1rem; } .packages { columns: 10rem; }
footer { color: var(--soft); margin-top: 2rem; }
[hidden] { display: none !important; } input { font: inherit; padding: .3rem .6rem; width: 20rem; max-width: 100%; }
@media (max-width: 50rem) { body { padding: .75rem; } .sections { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) { thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr, tr > * { display: block; padding-right: 0; } tr { border-top: 1px solid var(--line); padding: .25rem 0; } tr > * { border: 0; padding: 0; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-size: .85rem; }
  .day tr { display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); border: 0; } .day th { grid-column: 1 / -1; width: auto; }
  .day td { padding-left: 1px; } .day tr:first-child td:not(:nth-child(3n + 2)) { visibility: hidden; } .day tr:first-child td { overflow-wrap: normal; } }
@media print { :root { --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --mark: #0b6e99; --mark-soft: #cfe6ef; }
  * { print-color-adjust: exact; } body { max-width: none; padding: 0; font-size: 10pt; } #_search { display: none; }
  article { break-before: page; margin-top: 0; } article:first-of-type { break-before: auto; }
  section { break-inside: avoid; } }
`;
