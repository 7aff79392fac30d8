import { gzip, tar } from "../artifacts/archive.ts";
import type { Artifact } from "../artifacts/artifact.ts";
import { sha256 } from "../artifacts/digest.ts";

/** The version of sensorbake that a workflow installs; `packer/ci/install.sh` reads it from the environment. */
export type CiInstall = {
  /** A package file in the repository, its https address, `NAME@VERSION`, or `git+https://...#COMMIT`. */
  readonly spec: string;
  /** Checksum of the package file; empty for a registry version and a commit, which npm verifies. */
  readonly sha256: string;
};

/** The forms of `--install`, for a hint. */
export const installForms =
  "NAME@VERSION, git+https://HOST/PATH#COMMIT (40 digits), or https://HOST/PATH.tgz#sha256=CHECKSUM";

/** Parses `--install`; `undefined` for a text that does not pin exactly one content. */
export function readInstall(text: string): CiInstall | undefined {
  const address =
    /^(https:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~%+@-]+)+)#sha256=([0-9a-f]{64})$/.exec(text);
  if (address !== null) return { spec: address[1] ?? "", sha256: address[2] ?? "" };
  const isExact =
    /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*@\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]+)?$/.test(text) ||
    /^git\+(?:https:\/\/|ssh:\/\/git@)[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~-]+)+#[0-9a-f]{40}$/.test(
      text,
    );
  return isExact ? { spec: text, sha256: "" } : undefined;
}

/**
 * Packs an installed package into a file that npm installs without a network. `packer` needs none of the package's
 * dependencies, so the file lists none: npm would resolve them again, possibly to newer versions.
 */
export function packageFile(files: readonly Artifact[]): {
  readonly content: Uint8Array;
  readonly sha256: string;
} {
  const content = gzip(
    tar(files.map((file) => ({ ...withoutDependencies(file), path: `package/${file.path}` }))),
  );
  return { content, sha256: sha256(content) };
}

function withoutDependencies(file: Artifact): Artifact {
  if (file.path !== "package.json") return file;
  const { dependencies: _, devDependencies: __, scripts: ___, ...rest } = JSON.parse(String(file.content));
  return { ...file, content: `${JSON.stringify(rest, null, 2)}\n` };
}
