import { Document, type ScalarTag, Schema } from "yaml";
import { stringifyString } from "yaml/util";
import { once } from "../plan/once.ts";

/**
 * Writes YAML that cloud-init's YAML 1.1 parses correctly: every string is double-quoted, multi-line text is a block
 * literal, and no line is folded. (With the library's defaults a third of difficult strings are misread: `2222:22`
 * becomes a number, `on` a boolean, `<<` a merge.) `indent` is the width of one level, in spaces.
 */
export function stringifyYaml(value: unknown, indent = 2): string {
  const document = new Document(value, {
    version: "1.1",
    schema: yaml11(),
    aliasDuplicateObjects: false,
  });
  return document.toString({ lineWidth: 0, directives: false, indent, indentSeq: indent > 1 });
}

/** The lines of a list under a key, as {@link stringifyYaml} writes them. An entry that many documents share is written once. */
export function listLines(key: string, entries: readonly object[], indent: 1 | 2): readonly string[] {
  return [`${key}:\n`, ...entries.map(entryText[indent])];
}

const entryText = {
  1: once((entry: object) => inList(entry, 1)),
  2: once((entry: object) => inList(entry, 2)),
};

function inList(entry: object, indent: 1 | 2): string {
  return stringifyYaml({ list: [entry] }, indent).replace("list:\n", "");
}

let schema: Schema | undefined;

function yaml11(): Schema {
  schema ??= new Schema({
    schema: "yaml-1.1",
    resolveKnownTags: false,
    merge: false,
    customTags: (tags) => [
      text,
      ...tags.filter((tag) => typeof tag !== "string" && !replaced.includes(tag.tag)),
    ],
  });
  return schema;
}

const replaced = ["tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"];

const text: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => typeof value === "string",
  resolve: (value) => value,
  stringify(item, context, onComment, onChompKeep) {
    const value = String(item.value);
    if (context.implicitKey) return isPlainKey(value) ? value : quoted(value);
    if (!value.includes("\n") || !isReadable(value)) return quoted(value);
    return stringifyString({ value, type: "BLOCK_LITERAL" }, context, onComment, onChompKeep);
  },
};

/** Whether every YAML reader returns this text unchanged from a block literal: no control or separator characters. */
export function isReadable(content: string): boolean {
  return /^[\n\x20-\x7e\u00a1-\u167f\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]*$/.test(content);
}

// The keys of cloud-init and netplan, and interface names.
function isPlainKey(key: string): boolean {
  return /^[a-z][a-z0-9_-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(key);
}

// JSON's double-quoted form is valid YAML; characters that YAML does not print or treats as line breaks are escaped too.
function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
