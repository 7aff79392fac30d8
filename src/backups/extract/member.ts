/**
 * One member of an archive; `other` is a link, a device or a pipe. Its content must be read or skipped before the next
 * member.
 */
export type Member = {
  /** The path in the archive, one character per byte (latin1), because it may not be UTF-8. */
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  readonly modified: Date | undefined;
  readonly content: AsyncIterable<Buffer>;
};
