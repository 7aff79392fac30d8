import { createHash } from "node:crypto";
import { html, type Markup, trusted } from "./markup.ts";

export type PageHead = {
  /** The element that marks the pages of one command. */
  readonly mark: string;
  readonly title: string;
  readonly style: string;
  readonly script?: string | undefined;
};

/** One self-contained page without other files, to print, send and keep. Its policy allows only this style and script. */
export function htmlPage({ mark, title, style, script }: PageHead, body: Markup): string {
  const scripts = script === undefined ? "" : ` script-src ${hashOf(script)};`;
  const policy = `default-src 'none'; style-src ${hashOf(style)};${scripts} base-uri 'none'; form-action 'none'`;
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${trusted(mark)}
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}${
  script === undefined
    ? ""
    : html`<script>${trusted(script)}</script>
`
}</body>
</html>
`;
  return text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
