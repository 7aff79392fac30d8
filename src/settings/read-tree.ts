import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import type { Code } from "../diagnostics/codes.ts";
import {
  type Complaint,
  type Diagnostic,
  diagnose,
  type Path,
  type Range,
} from "../diagnostics/diagnostic.ts";
import type { Source } from "../diagnostics/source.ts";
import { quoted } from "../diagnostics/visible.ts";
import { checkComplexity } from "./check-complexity.ts";
import { explainSyntax } from "./syntax.ts";

/** A parsed settings file: the nodes have positions, the value is plain data. */
export type Tree = { readonly root: Node | null; readonly value: unknown };

/**
 * Parses the text and refuses YAML features that settings do not need: tabs, duplicate keys, anchors, aliases, merge
 * keys, tags, directives, several documents. The value is unusable if there is any diagnostic.
 */
export function readTree(source: Source): {
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
} {
  const complexity = checkComplexity(source.text);
  if (complexity.length > 0) return { tree: { root: null, value: undefined }, diagnostics: complexity };
  // Duplicate keys are checked below, because the library compares each key with every other.
  const document = withoutStacks(() =>
    parseDocument(source.text, { prettyErrors: false, uniqueKeys: false }),
  );
  const root = document.contents;
  const syntax = explainSyntax(document, source);
  if (syntax.length > 0) return { tree: { root, value: undefined }, diagnostics: syntax };

  const diagnostics: Diagnostic[] = [...directives(document, source)];
  const report = (code: Code, path: Path, range: Range | undefined, complaint: Complaint) =>
    diagnostics.push(diagnose(code, { path, range }, complaint));
  const value = toValue(root, [], source.text, report);
  if (value === null && diagnostics.length === 0)
    report("source/empty", [], undefined, {
      message: "the file contains no settings",
      hint: "`sensorbake init NAME.yaml` writes a first settings file",
    });
  return { tree: { root, value }, diagnostics };
}

// The library creates an error for each finding, and a text may have hundreds of thousands; their stacks need most of
// the time and memory.
function withoutStacks<Value>(work: () => Value): Value {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The text of a node without the comments and blank lines that follow it. */
export function rangeOfNode(node: Node | null | undefined): Range | undefined {
  return node?.range ? { start: node.range[0], end: node.range[1] } : undefined;
}

type Report = (code: Code, path: Path, range: Range | undefined, complaint: Complaint) => void;

function directives({ directives }: Document, { text }: Source): Diagnostic[] {
  if (!directives?.yaml.explicit && Object.keys(directives?.tags ?? {}).length <= 1) return [];
  const start = Math.max(0, text.search(/^%/m));
  return [
    diagnose(
      "source/tag",
      { path: [], range: { start, end: start + 1 } },
      { message: "settings cannot contain a YAML directive" },
    ),
  ];
}

/** Plain data, with null in place of refused parts. Maps have no prototype, so no key is special. */
function toValue(node: Node | null, path: Path, text: string, report: Report): unknown {
  if (node === null) return null;
  const sign = refusedSign(node);
  if (sign !== undefined) {
    // The sign is before the node, outside its range; an alias itself is the sign.
    const start = text.lastIndexOf(sign.text, rangeOfNode(node)?.start);
    report(
      sign.code,
      path,
      { start, end: start + sign.text.length },
      {
        message: `settings take no ${sign.name}`,
        hint: `put text that begins with ${sign.text[0]} in quotes${sign.code === "source/anchor" ? `; put shared settings into "defaults"` : ""}`,
      },
    );
  }
  if (isSeq<Node | null>(node))
    return node.items.map((item, index) => toValue(item, [...path, index], text, report));
  if (isMap<Node | null, Node | null>(node)) return mapToValue(node.items, path, text, report);
  return isScalar(node) ? node.value : null;
}

function refusedSign(
  node: Node,
): { readonly code: Code; readonly name: string; readonly text: string } | undefined {
  if (isAlias(node)) return { code: "source/anchor", name: "alias", text: `*${node.source}` };
  if ("anchor" in node && typeof node.anchor === "string")
    return { code: "source/anchor", name: "anchor", text: `&${node.anchor}` };
  // A collection without a tag gets the tag of its kind; a scalar has only a written one.
  const isImplied = !isScalar(node) && /^tag:yaml\.org,2002:(map|seq)$/.test(node.tag ?? "");
  return node.tag === undefined || isImplied ? undefined : { code: "source/tag", name: "tag", text: "!" };
}

function mapToValue(
  items: readonly Pair<Node | null, Node | null>[],
  path: Path,
  text: string,
  report: Report,
): unknown {
  const value: Record<string, unknown> = Object.create(null);
  for (const { key, value: node } of items) {
    const range = rangeOfNode(key) ?? rangeOfNode(node);
    const name = nameOfKey(key);
    if (key !== null && refusedSign(key)) toValue(key, path, text, report);
    else if (name === undefined)
      report("source/syntax", path, range, { message: "a key must be a word, not a list or a map" });
    else if (name === "<<")
      report("source/anchor", path, range, {
        message: "settings cannot contain a merge key",
        hint: `what sensors share belongs in "defaults"`,
      });
    else if (Object.hasOwn(value, name))
      report("source/duplicate-key", [...path, name], range, {
        message: `the key ${quoted(name)} occurs twice in this map`,
      });
    else value[name] = toValue(node, [...path, name], text, report);
  }
  return value;
}

/** A key as text: `7` and `null` are (unknown) words too. */
export function nameOfKey(key: Node | null): string | undefined {
  if (key === null) return "";
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}
