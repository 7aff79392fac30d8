/** Limits of one git process. */
export type GitLimits = {
  /** Of each file that it writes. */
  readonly fileMebibytes: number;
  /** Address space; macOS has no such limit. */
  readonly memoryMebibytes: number;
};

/** Enough for the repositories that sensors need. */
export const gitLimits: GitLimits = { fileMebibytes: 256, memoryMebibytes: 2048 };

/**
 * The program and the words that run git with limits. A repository of a few kilobytes can contain an object of many
 * gigabytes, which git builds in memory.
 */
export function limitedGit(
  words: readonly string[],
  { fileMebibytes, memoryMebibytes }: GitLimits = gitLimits,
): readonly [program: string, words: readonly string[]] {
  // POSIX: in blocks of 512 bytes.
  const blocks = String((fileMebibytes << 20) / 512);
  const kibibytes = String(memoryMebibytes << 10);
  // Each thread takes address space.
  return ["sh", ["-c", limited, "sh", blocks, kibibytes, "-c", "pack.threads=1", ...words]];
}

const limited =
  'ulimit -f "$1" && { ulimit -v "$2" 2>/dev/null || :; } && shift 2 && MALLOC_ARENA_MAX=1 exec git "$@"';
