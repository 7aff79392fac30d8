import {
  type Document,
  type ErrorCode,
  isAlias,
  isCollection,
  isScalar,
  type Node,
  visit,
  type YAMLError,
} from "yaml";
import type { Code } from "../diagnostics/codes.ts";
import { type Complaint, type Diagnostic, diagnose, type Range } from "../diagnostics/diagnostic.ts";
import { positionAt, type Source } from "../diagnostics/source.ts";
import { visible } from "../diagnostics/visible.ts";
import { tooDeep } from "./check-complexity.ts";

/**
 * The YAML library's findings in our words: the first problem of each line, up to the first one that is not a tab,
 * because after a real error the parser reports false problems.
 */
export function explainSyntax(document: Document, source: Source): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  let lastLine = 0;
  for (const error of [...document.errors].sort((a, b) => a.pos[0] - b.pos[0])) {
    const { code, pos, message } = error;
    const opening = message.startsWith("Missing closing") ? openingQuote(document, pos[0]) : undefined;
    const start = opening ?? Math.min(pos[0], Math.max(0, source.text.length - 1));
    const { line } = positionAt(source, start);
    if (line === lastLine) continue;
    lastLine = line;
    if (code === "RESOURCE_EXHAUSTION") return [...diagnostics, tooDeep(start)];
    const sign = opening === undefined ? signOfValue(document, error, source) : undefined;
    const [ours, complaint]: [Code, Complaint] =
      opening !== undefined
        ? ["source/syntax", unclosed]
        : sign !== undefined
          ? ["source/syntax", sign.complaint]
          : explain(code);
    const end = opening === undefined ? Math.max(start, pos[1]) : start + 1;
    diagnostics.push(diagnose(ours, { path: [], range: sign?.range ?? { start, end } }, complaint));
    if (ours !== "source/tab") break;
  }
  return diagnostics;
}

const unclosed: Complaint = {
  message: "the quote that begins here is not closed, or later quotes are paired wrongly",
  hint: "close the value with the same quote",
};

/**
 * Finds a value that begins with a special YAML character but was meant as text: `* 3 * * *`. The library reports the
 * word after it instead of the character that it parsed as an alias.
 */
function signOfValue(
  document: Document,
  { code, pos: [error] }: YAMLError,
  { text }: Source,
): Found | undefined {
  if (code === "BAD_ALIAS" || code === "BAD_SCALAR_START") return mustBeQuoted(error, text[error] ?? "");
  if (
    (code === "UNEXPECTED_TOKEN" || code === "BLOCK_IN_FLOW") &&
    /^-[ \r\n]/.test(text.slice(error, error + 2))
  )
    return { range: { start: error, end: error + 1 }, complaint: misplacedHyphen };
  if (code !== "UNEXPECTED_TOKEN" && code !== "MISSING_CHAR") return undefined;
  let before: Node | undefined;
  visit(document, {
    Node: (_, node) => {
      const end = node.range?.[1] ?? Number.POSITIVE_INFINITY;
      if (end <= error && end >= (before?.range?.[1] ?? 0)) before = node;
    },
  });
  const [start, end] = before?.range ?? [0, 0];
  if (before === undefined || !/^[ \t]*$/.test(text.slice(end, Math.min(error, end + 200)))) return undefined;
  if (isAlias(before)) return mustBeQuoted(start, "*");
  const [first = "", last = ""] = [text[start], text[end - 1]];
  const range = { start: end - 1, end };
  if (isCollection(before) && /[\]}]/.test(last))
    return {
      range,
      complaint: {
        message: `the value ends with this ${last}, and more text follows`,
        hint: `a value that begins with ${first} and is meant as text must be in quotes`,
      },
    };
  if (!isScalar(before) || !/^["']$/.test(last)) return undefined;
  return {
    range,
    complaint: {
      message: "more text follows after the closing quote",
      hint: "put the whole value into one pair of quotes",
    },
  };
}

const misplacedHyphen: Complaint = {
  message: "a list that is written with hyphens cannot begin in the middle of a line",
  hint: "start it on the next line, or write [a, b]; put a value that begins with - in quotes",
};

type Found = { readonly range: Range; readonly complaint: Complaint };

function mustBeQuoted(start: number, sign: string): Found {
  return {
    range: { start, end: start + 1 },
    complaint: {
      message: `${visible(sign)} has a meaning of its own in YAML at the beginning of a value`,
      hint: `a value that begins with ${visible(sign)} must be in quotes${sign === "*" ? ', like "*/5 * * * *"' : ""}`,
    },
  };
}

/** The beginning of the quoted text that is not closed; the library reports only where it stopped. */
function openingQuote(document: Document, end: number): number | undefined {
  let opening: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type?.startsWith("QUOTE") && range && range[0] < end && end <= range[1]) opening = range[0];
    },
  });
  return opening;
}

// The library's own messages are not used, because some quote the text, which may be a secret.
function explain(code: ErrorCode): [Code, Complaint] {
  if (code === "TAB_AS_INDENT")
    return [
      "source/tab",
      { message: "this line is indented with a tab", hint: "indent with spaces; YAML does not allow tabs" },
    ];
  if (code === "MULTIPLE_DOCS")
    return [
      "source/several-documents",
      {
        message: "a second YAML document begins here",
        hint: `keep one document in a file; put all sensors under "sensors"`,
      },
    ];
  return ["source/syntax", sentences[code] ?? { message: `this is not valid YAML (${code})` }];
}

const sentences: Partial<Record<ErrorCode, Complaint>> = {
  BAD_INDENT: {
    message: "this line is indented differently from its neighbours, or a bracket before it is not closed",
    hint: "start all keys of a map in the same column",
  },
  BAD_SCALAR_START: {
    message: "a value cannot begin with this character",
    hint: "put the value in quotes",
  },
  BAD_DQ_ESCAPE: {
    message: "YAML does not know this escape sequence",
    hint: `write the backslash twice, or use single quotes`,
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: `a map cannot begin here, in the middle of a line`,
    hint: `put a value that contains ": " in quotes, or begin the map on the next line`,
  },
  BLOCK_IN_FLOW: {
    message: "a map or a list over several lines cannot begin inside brackets",
    hint: `put a value that contains ": " in quotes, or write {key: value} and [a, b]`,
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "this is neither a key with a value nor a continuation of the previous line",
    hint: `a key ends with ":" and a blank`,
  },
  MISSING_CHAR: {
    message: `a ":" or a closing quote is missing here`,
    hint: `a key ends with ":" and a blank; a quoted value ends with the quote it began with`,
  },
  UNEXPECTED_TOKEN: {
    message: "this text is unexpected here",
    hint: "the previous line may end too early, or a bracket or quote is not closed",
  },
  KEY_OVER_1024_CHARS: { message: "a key has more than 1024 characters" },
};
