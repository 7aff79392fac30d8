import { createHash } from "node:crypto";
import { html, trusted } from "../../explain/markup.ts";
import type { Plan } from "../../plan/plan.ts";

/** Marks every page that `labels` wrote. */
export const pageMark = '<meta name="generator" content="sensorbake labels">';

/** One sensor's label. */
export type Label = { readonly plan: Plan; readonly fingerprints: readonly string[] };

/** A page to print: 3 x 8 labels on each sheet of A4 paper. */
export function renderLabels(labels: readonly Label[]): string {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${trusted(pageMark)}
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<title>Labels of sensors</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${labels.map(
  ({ plan, fingerprints }) => html`<article>
<h1>${plan.name}</h1>
<p>${plan.address === undefined ? `${plan.admin.user}, port ${plan.admin.sshPort}` : `ssh -p ${plan.admin.sshPort} ${plan.admin.user}@${plan.address}`}</p>
<p>${plan.target}, ${plan.os}</p>
${fingerprints.map(
  (one) => html`<p><code>${one}</code></p>
`,
)}</article>
`,
)}</main>
</body>
</html>
`;
  return text;
}

// The margins of paper are white, so only the screen shows the edges of the labels.
const style = `
@page { size: A4; margin: 0; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #000; font: 8pt/1.3 system-ui, sans-serif; }
main { display: grid; grid-template-columns: repeat(3, 70mm); }
article { height: 37mm; padding: 4mm 5mm; overflow: hidden; overflow-wrap: anywhere; break-inside: avoid; }
h1 { font-size: 14pt; line-height: 1.1; margin: 0 0 1mm; }
p { margin: 0; } code { font: 6pt ui-monospace, monospace; }
@media screen { main { margin: 1rem; } article { border: 1px dashed #999; } }
`;

const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`;
