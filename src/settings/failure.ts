/** The code of a failed system call (`ENOENT`). Rethrows any other error, which is a bug. */
export function failureCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "its name is too long",
};

/** The meaning of a failed system call, in the same words on each system. */
export function failureText(error: unknown): string {
  const code = failureCode(error);
  return sentences[code] ?? code;
}
