/**
 * One member of an archive; `other` is a link, a device or a pipe. The content is read, or left, before the next
 * member is asked for.
 */
export type Member = {
  /** The path as the archive has it, one character for each byte (latin1): it need not be UTF-8. */
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  readonly modified: Date | undefined;
  readonly content: AsyncIterable<Buffer>;
};
