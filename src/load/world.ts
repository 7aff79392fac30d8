/**
 * The outside world as a record of a few functions, so that loading can be tested without a disk, an environment or a
 * network.
 */
export type World = {
  /** The content of a file; rejects as node does (`ENOENT`, `EACCES`, `EISDIR`). */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Permission bits and size in bytes; rejects as node does. */
  readonly stat: (
    path: string,
  ) => Promise<{ readonly mode: number; readonly size: number; readonly isFile: boolean }>;
  /** The value of an environment variable. */
  readonly environment: (name: string) => string | undefined;
  /** The home directory, to expand a leading `~/`. */
  readonly home: string;
};
