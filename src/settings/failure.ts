/** The code of a failed system call (`ENOENT`); anything else that was thrown is a bug and thrown on. */
export function failureCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is no directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links go in a circle",
  ENAMETOOLONG: "its name is too long",
};

/** What a failed system call means, in words that are the same on each system. */
export function failureText(error: unknown): string {
  const code = failureCode(error);
  return sentences[code] ?? code;
}
