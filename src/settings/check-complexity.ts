import { Lexer } from "yaml";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";

/** The maximum nesting depth; settings need eight levels. */
const deepest = 50;

/** The maximum number of tokens of the YAML library; ten thousand sensors have 300,000. */
const mostTokens = 700_000;

/** A shorter text is parsed quickly, whatever it contains. */
const harmlessLength = 65_536;

/** Tokens that the lexer adds: the beginning of a document and of a scalar, the end of a flow. */
const marks: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

/**
 * Refuses text with too deep nesting or too many tokens, because the library needs ten microseconds and a kilobyte for
 * each token and is recursive. Counts with the library's own lexer, up to the limit.
 */
export function checkComplexity(text: string): readonly Diagnostic[] {
  if (text.length <= harmlessLength) return [];
  let tokens = 0;
  let offset = 0;
  let lineStart = 0;
  let isLineBegin = true;
  let flowDepth = 0;
  // Columns in which the open collections begin.
  const columns: number[] = [];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > mostTokens)
      return [
        diagnose(
          "source/too-large",
          { path: [], range: { start: offset, end: offset + 1 } },
          {
            message: `the file has more than ${mostTokens.toLocaleString("en")} keys, values and signs`,
            hint: "split the sensors into several files",
          },
        ),
      ];
    if (marks.has(token)) continue;
    if (token === "[" || token === "{") flowDepth += 1;
    if (token === "]" || token === "}") flowDepth = Math.max(0, flowDepth - 1);
    if (/^\r?\n$/.test(token)) {
      lineStart = offset + token.length;
      isLineBegin = true;
    } else if (isLineBegin && flowDepth === 0 && !/^[ \t\ufeff]/.test(token)) {
      const column = offset - lineStart;
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
      // Several lists can begin on one line.
      isLineBegin = token === "-" || token === "?";
    }
    if (flowDepth + columns.length > deepest) return [tooDeep(offset)];
    offset += token.length;
  }
  return [];
}

/** The diagnostic for text that is nested too deeply. */
export function tooDeep(offset: number): Diagnostic {
  return diagnose(
    "source/too-deep",
    { path: [], range: { start: offset, end: offset + 1 } },
    {
      message: `maps and lists are nested more than ${deepest} deep here`,
      hint: "settings have at most eight levels; check for a missing closing bracket",
    },
  );
}
