import type { Plan } from "../plan/plan.ts";
import type { Target } from "../plan/targets.ts";
import { targets } from "../plan/targets.ts";
import { base64, gzip } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { bytesOf } from "./artifact.ts";
import { checkCloudConfig } from "./check-cloud-config.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { denseConfig, packedConfig, readableConfig } from "./cloud-config.ts";
import { compact } from "./compact.ts";
import type { Template } from "./payload.ts";
import { encodeLines, listLines, stringifyYaml } from "./yaml.ts";

/**
 * The user-data of one sensor in the form of its target, and the readable text. `archive`: a Pi without cloud-init, whose
 * payload is a file beside the programs that unpack it.
 */
export type UserData = {
  readonly kind: "user-data";
  readonly form: "readable" | "packed" | "compressed" | "archive";
  /** The data for the target; bytes if `form` is `compressed` and the target accepts bytes. */
  readonly handed: string | Uint8Array;
  /** The text that cloud-init reads: `handed` itself, or its uncompressed content. */
  readonly text: string;
  /** The bytes of `text` in parts, as in an artifact. */
  readonly parts: readonly Uint8Array[];
  /** The size of `handed`. */
  readonly bytes: number;
};

/** No form fits: the size of the smallest, and its parts, largest first. */
export type TooLarge = {
  readonly kind: "too-large";
  readonly bytes: number;
  readonly limitBytes: number;
  /** Compresses every file: it is asked only where this is shown. */
  readonly contributors: () => readonly { readonly path: string; readonly bytes: number }[];
};

/**
 * The most readable form that fits the target: every file in plain text; the payload as compressed archives; the whole
 * text compressed, if the target accepts that; the payload in its densest form. Compresses compacted files.
 */
export function userData(
  plan: Plan,
  files: readonly Artifact[],
  templates: readonly Template[],
): UserData | TooLarge {
  const target: Target = targets[plan.target];
  const limit = target.limitBytes ?? Number.POSITIVE_INFINITY;
  if (contentBytes(files) <= limit) {
    const readable = document(plan, readableConfig(plan, files));
    if (readable.bytes <= limit) return whole("readable", readable);
  }
  const small = files.map(compact);
  const packed = document(plan, packedConfig(plan, files, templates));
  if (packed.bytes <= limit) return whole("packed", packed);
  const inside = document(plan, readableConfig(plan, small), 1);
  const compressed = compress(inside, target.wholeEncoding);
  if (compressed !== undefined && sizeOf(compressed) <= limit) return compressedForm(compressed, inside);
  const bytes = Math.min(packed.bytes, compressed ? sizeOf(compressed) : Number.POSITIVE_INFINITY);
  if (bytes * bestGain <= limit) {
    const dense = document(plan, denseConfig(plan, files, templates));
    if (dense.bytes <= limit) return whole("packed", dense);
    const denseBytes = target.wholeEncoding === "gzip" && compress(dense, "gzip");
    if (denseBytes && sizeOf(denseBytes) <= limit) return compressedForm(denseBytes, dense);
  }
  return { kind: "too-large", bytes, limitBytes: limit, contributors: () => contributors(small) };
}

// For 64 sets of features, the densest form was never smaller than 0.81 of the others. If that is not enough, it is not
// built, because it takes up to a second.
const bestGain = 0.8;

function compressedForm(handed: string | Uint8Array, { text, parts }: Document): UserData {
  return { kind: "user-data", form: "compressed", handed, text, parts, bytes: sizeOf(handed) };
}

type Document = Pick<UserData, "text" | "parts" | "bytes">;

function document(plan: Plan, config: CloudConfig, indent: 1 | 2 = 2): Document {
  checkCloudConfig(config);
  const { bootcmd, write_files, runcmd, ...head } = config;
  const lines = [
    encodeLines(`#cloud-config\n# ${plan.name}: made by sensorbake\n${stringifyYaml(head, indent)}`),
    ...listLines("bootcmd", bootcmd, indent),
    ...listLines("write_files", write_files, indent),
    ...listLines("runcmd", runcmd, indent),
  ];
  return {
    // Unlike `join`, `+` copies nothing until the text is read, and writing the files needs only the parts.
    text: lines.reduce((text, line) => text + line.text, ""),
    parts: lines.map(({ bytes }) => bytes),
    bytes: lines.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  };
}

function compress({ parts }: Document, encoding: Target["wholeEncoding"]): string | Uint8Array | undefined {
  if (encoding === "none") return undefined;
  const bytes = gzip(Buffer.concat(parts));
  return encoding === "gzip" ? bytes : base64(bytes);
}

function whole(form: "readable" | "packed", { text, parts, bytes }: Document): UserData {
  return { kind: "user-data", form, handed: text, text, parts, bytes };
}

function sizeOf(content: string | Uint8Array): number {
  return typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
}

// The readable form is larger than what it holds.
function contentBytes(files: readonly Artifact[]): number {
  return files.reduce((sum, { content }) => sum + content.length, 0);
}

function contributors(files: readonly Artifact[]): ReturnType<TooLarge["contributors"]> {
  return files
    .map((file) => ({ path: file.path, bytes: gzip(bytesOf(file)).byteLength }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5);
}
