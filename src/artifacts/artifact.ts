/** One generated file, to be written locally or on the sensor. */
export type Artifact = {
  /** Relative in an output tree (`fra-vps/user-data`), absolute on a sensor (`/etc/default/honeypot`). */
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array;
  /** The bytes of `content` in parts, some of which other files share: thousands of files then encode them once. */
  readonly parts?: readonly Uint8Array[];
};

/** The file's bytes on disk. */
export function bytesOf(artifact: Pick<Artifact, "content">): Uint8Array {
  return typeof artifact.content === "string" ? new TextEncoder().encode(artifact.content) : artifact.content;
}

/** The file's bytes on disk, in parts. */
export function partsOf(artifact: Pick<Artifact, "content" | "parts">): readonly Uint8Array[] {
  return artifact.parts ?? [bytesOf(artifact)];
}
