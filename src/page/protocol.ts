import type { Artifact } from "../artifacts/artifact.ts";

/** Contents of files and environment variables that the settings name, as the user gave them in the page. */
export type Given = {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly environment: ReadonlyMap<string, string>;
};

/** A text to compile. Answers carry its number, so that the page can ignore those about an earlier text. */
export type Request = {
  readonly kind: "compile";
  readonly id: number;
  readonly text: string;
  readonly given: Given;
  /** The sensor to show; the first one if the text has no sensor of this name. */
  readonly sensor: string | undefined;
};

/** What the user has answered in the form: `typed` by the keys of the fields. */
export type Interview = {
  readonly kind: "interview";
  readonly id: number;
  readonly sshKeys: readonly string[];
  readonly typed: ReadonlyMap<string, string>;
};

/** A question of `sensorbake init`. */
export type Field = {
  readonly key: string;
  readonly prompt: string;
  readonly about: string;
  readonly value: string;
  readonly complaint: string | undefined;
};

export type Questions = {
  readonly fields: readonly Field[];
  readonly keysComplaint: string | undefined;
  /** The settings of these answers; `undefined`: an answer is missing or invalid. */
  readonly text: string | undefined;
};

/**
 * The worker's messages. `schema` comes after the answers to the first request. For each request `checked` comes first,
 * then the others as they are ready.
 */
export type Answer =
  | { readonly kind: "ready"; readonly examples: readonly Example[] }
  | { readonly kind: "schema"; readonly schema: object }
  | ({ readonly kind: "checked"; readonly id: number } & Checked)
  | { readonly kind: "compiled"; readonly id: number; readonly folder: Folder }
  | { readonly kind: "explained"; readonly id: number; readonly markup: string }
  | ({ readonly kind: "questions"; readonly id: number } & Questions)
  | { readonly kind: "failed"; readonly id: number; readonly stack: string };

export type Example = {
  readonly name: string;
  readonly about: string;
  readonly text: string;
  /** The CSV file that it names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

export type Checked = {
  readonly problems: readonly Problem[];
  readonly sensors: readonly string[];
  /** The sensor that the next answers are about. */
  readonly sensor: string | undefined;
  readonly wanted: readonly Wanted[];
  /** Whether the text itself may contain a secret. */
  readonly hasSecret: boolean;
};

/** A diagnostic with its place in the editor's text; `undefined`: it has none there. */
export type Problem = {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** The text that corrects it in place of `range`. */
  readonly fix: string | undefined;
  readonly where: string;
  readonly range: { readonly from: number; readonly to: number } | undefined;
};

/** A file or an environment variable that the settings name. */
export type Wanted = {
  readonly kind: "file" | "variable";
  readonly name: string;
  readonly isSecret: boolean;
  readonly isMultiLine: boolean;
};

/** The files of one sensor, as `sensorbake build` writes them. */
export type Folder = {
  readonly sensor: string;
  /** Settings of secrets without a value: nothing can be compiled. */
  readonly missing: readonly string[];
  readonly files: readonly Artifact[];
  /** The file for the target; `undefined` for a Raspberry Pi. */
  readonly handed: string | undefined;
  /** The files for a Raspberry Pi's boot partition. */
  readonly bootFiles: readonly string[];
  /** Whether the machine reads the seed from a volume. */
  readonly hasVolume: boolean;
};
