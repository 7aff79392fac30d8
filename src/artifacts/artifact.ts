/** One file to be written, or to be laid down on the sensor. Compiled, never read back. */
export type Artifact = {
  /** Relative in an output tree (`fra-vps/user-data`), absolute on a sensor (`/etc/default/honeypot`). */
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array;
};

/** The bytes that will be on disk. */
export function bytesOf(artifact: Pick<Artifact, "content">): Uint8Array {
  return typeof artifact.content === "string" ? new TextEncoder().encode(artifact.content) : artifact.content;
}
