import { Document, isScalar, Scalar, visit } from "yaml";

/**
 * Writes YAML that cloud-init's YAML 1.1 reads as it is meant: every string double-quoted, text of several
 * lines as a block literal, no line folded. (With the library's defaults a third of hard strings are misread:
 * `2222:22` becomes a number, `on` a boolean.)
 */
export function stringifyYaml(value: unknown): string {
  const document = new Document(value, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== "string" || key === "key") return;
      node.type =
        node.value.includes("\n") && isReadable(node.value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
    },
    Pair(_, pair) {
      if (isScalar(pair.key)) pair.key.type = Scalar.PLAIN;
    },
  });
  return document.toString({ lineWidth: 0, version: "1.1", directives: false } as Parameters<
    Document["toString"]
  >[0]);
}

/** Whether every YAML reader gives this text back unchanged from a block literal: no control or separator characters. */
export function isReadable(text: string): boolean {
  return /^[\n\x20-\x7e\u00a1-\u167f\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]*$/.test(text);
}
