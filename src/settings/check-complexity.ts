import { Lexer } from "yaml";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";

/** Settings are nested eight deep. */
const deepest = 50;

/** Parts of a text as the YAML library counts them; ten thousand sensors are 300,000. */
const mostTokens = 700_000;

/** A shorter text cannot keep the library busy for long, whatever is in it. */
const harmlessLength = 65_536;

/** Tokens that the lexer adds, which are not in the text: the beginning of a document and of a scalar, the end of a flow. */
const marks: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

/**
 * Refuses text whose nesting or number of parts no settings need: the library takes ten microseconds and a kilobyte for
 * each part, and is recursive. Counts them with the library's own lexer, up to the limit.
 */
export function checkComplexity(text: string): readonly Diagnostic[] {
  if (text.length <= harmlessLength) return [];
  let tokens = 0;
  let offset = 0;
  let lineStart = 0;
  let isLineBegin = true;
  let flowDepth = 0;
  // Columns in which the collections begin that are open, by their indentation.
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
            hint: "split the sensors over several files",
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
      // Several lists may begin in one line.
      isLineBegin = token === "-" || token === "?";
    }
    if (flowDepth + columns.length > deepest) return [tooDeep(offset)];
    offset += token.length;
  }
  return [];
}

/** The diagnostic for what is nested deeper than any settings are. */
export function tooDeep(offset: number): Diagnostic {
  return diagnose(
    "source/too-deep",
    { path: [], range: { start: offset, end: offset + 1 } },
    {
      message: `maps and lists are nested more than ${deepest} deep here`,
      hint: "settings are nested eight deep at the most: a bracket may not be closed",
    },
  );
}
