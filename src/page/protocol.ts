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

/** A text whose answers to the questions of `sensorbake init` the form shows. */
export type Interview = {
  readonly kind: "interview";
  readonly id: number;
  readonly text: string;
  readonly given: Given;
  /** The entry of `sensors` that is asked about. */
  readonly entry: number;
  /** An answer that is not in the text yet. */
  readonly typed: Typed | undefined;
};

/** `isDone`: the user has left the field. */
export type Typed = { readonly key: string; readonly value: string; readonly isDone: boolean };

/** A question of `sensorbake init` with its answer. */
export type Field = {
  readonly key: string;
  /** Whether it is about one sensor. */
  readonly isOfSensor: boolean;
  readonly prompt: string;
  readonly about: string;
  readonly value: string;
  /** The possible answers, if there are only a few. */
  readonly choices: readonly string[];
  readonly isMultiLine: boolean;
  /** Whether the text has a form that no answer expresses. */
  readonly isFixed: boolean;
  readonly complaint: string | undefined;
};

export type Questions = {
  /** Why there is no question, or none about a sensor. */
  readonly note: string | undefined;
  /** The names of the entries of `sensors`, and the one that is asked about. */
  readonly entries: readonly string[];
  readonly entry: number;
  /** The fields after the typed answer. */
  readonly fields: readonly Field[];
  /** The change of the text that the typed answer makes. */
  readonly edit: TextChange | undefined;
};

/** The replacement of a part of a text. */
export type TextChange = { readonly from: number; readonly to: number; readonly text: string };

/**
 * The worker's messages, `started` before all others. `schema` comes after the answers to the first request. For each
 * request `checked` comes first, then the others as they are ready.
 */
export type Answer =
  | { readonly kind: "started" }
  | { readonly kind: "schema"; readonly schema: object }
  | ({ readonly kind: "checked"; readonly id: number } & Checked)
  | { readonly kind: "compiled"; readonly id: number; readonly folder: Folder }
  | { readonly kind: "explained"; readonly id: number; readonly markup: string }
  | ({ readonly kind: "questions"; readonly id: number } & Questions)
  | Failed;

/** A request of this kind failed because of a bug. */
type Failed = {
  readonly kind: "failed";
  readonly id: number;
  readonly request: (Request | Interview)["kind"];
  readonly stack: string;
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
