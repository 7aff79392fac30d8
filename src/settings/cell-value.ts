import { isAlias, type Node, Scalar, visit, YAMLSeq } from "yaml";
import * as z from "zod/mini";
import { type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { sourceOf } from "../diagnostics/source.ts";
import { leafFacts } from "./leaf.ts";
import type { Cell } from "./read-table.ts";
import { readTree } from "./read-tree.ts";
import { formsOf } from "./takes-list.ts";
import { valueAt } from "./value-at.ts";

/** A cell's value, and the node for its position. */
export type CellValue = { readonly value: unknown; readonly node: Node };

/**
 * Reads a cell as the value of a setting: digits as a number and true as a boolean where the setting takes one, `[a, b]`
 * and `{file: name}` as in YAML, a single entry as a list of it, and everything else as text.
 */
export function cellValue(
  { text, range }: Cell,
  schema: z.core.$ZodType,
  path: Path,
): CellValue | { readonly problem: Diagnostic } {
  const place = (node: Node) => {
    node.range = [range.start, range.end, range.end];
  };
  if (isStructured(text, schema)) {
    const { tree, diagnostics } = readTree(sourceOf("", text));
    if (diagnostics.length > 0 || tree.root === null)
      return {
        problem: diagnose(
          "table/malformed",
          { path, range },
          {
            message: `the cell is not ${text.startsWith("[") ? "a list like [a, b]" : "a map like {file: name}"}`,
            hint: "write lists and maps in a cell as in YAML",
          },
        ),
      };
    visit(tree.root, { Node: (_, node) => (isAlias(node) ? undefined : place(node)) });
    return { value: tree.value, node: tree.root };
  }
  const scalar = (value: unknown): CellValue => {
    const node = new Scalar(value);
    place(node);
    return { value, node };
  };
  if (schema instanceof z.ZodMiniArray || takesOnlyList(text, schema)) {
    const entry =
      schema instanceof z.ZodMiniArray
        ? cellValue({ text, column: 0, range }, schema.def.element, path)
        : scalar(text);
    if ("problem" in entry) return entry;
    const node = new YAMLSeq();
    node.items = [entry.node];
    place(node);
    return { value: [entry.value], node };
  }
  if (schema instanceof z.ZodMiniNumber && /^-?\d{1,15}$/.test(text)) return scalar(Number(text));
  if (schema instanceof z.ZodMiniBoolean && /^(true|false)$/i.test(text))
    return scalar(text.toLowerCase() === "true");
  return scalar(text);
}

/** Whether the text is a list or a map of YAML. Text, and secrets that are not references, are never parsed. */
function isStructured(text: string, schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodMiniString || schema instanceof z.ZodMiniEnum) return false;
  if (leafFacts.get(schema)?.isSecret) return /^\{ *(file|env) *:.*\}$/.test(text);
  return /^[[{]/.test(text);
}

function takesOnlyList(text: string, schema: z.core.$ZodType): boolean {
  const forms = formsOf(schema);
  return (
    forms.some((form) => valueAt(form, ["type"]) === "array") &&
    !forms.some((form) => valueAt(form, ["type"]) === "string" || valueAt(form, ["const"]) === text)
  );
}
