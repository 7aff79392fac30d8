import type { CiKind } from "../../values/ci-kinds.ts";

/** The options of `sensorbake packer`, as commander parses them. */
export type PackerOptions = {
  readonly output: string;
  readonly os?: string;
  readonly sensor?: readonly string[];
  /** `true`: the build for this machine's architecture. */
  readonly build?: string | true;
  readonly images: string;
  readonly varFile?: readonly string[];
  readonly accelerator?: string;
  readonly ci?: CiKind;
  readonly install?: string;
  readonly check: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  readonly format: "text" | "json";
};
