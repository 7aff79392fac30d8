import { once } from "../plan/once.ts";
import type { Artifact } from "./artifact.ts";
import { compactPython } from "./compact-python.ts";

/**
 * Shrinks a file for targets with little user-data: removes comment lines and blank lines, and in scripts also
 * indentation and unneeded braces of `${name}`. Every reader of the data files (systemd, tmpfiles, cron, logrotate,
 * sshd) treats a line that begins with `#` as a comment.
 * Scripts contain no here-documents, and their only multi-line strings are awk programs, where indentation has no
 * meaning; a test compares `bash --pretty-print` of both forms for every script. They also contain no `${name}` in
 * single quotes (shellcheck SC2016), which would not be a variable.
 */
export const compact = once((file: Artifact): Artifact => {
  // A file that only root can read is a secret, and a password may begin with `#`.
  if (typeof file.content !== "string" || file.mode === 0o600) return file;
  if (file.path.endsWith(".py")) return { ...file, content: compactPython(file.content) };
  const [first = "", ...rest] = file.content.split("\n");
  const isScript = first.startsWith("#!");
  const lines = (isScript ? rest.map((line) => bare(line.trimStart())) : [first, ...rest]).filter(
    (line) => line !== "" && !line.startsWith("#"),
  );
  return { ...file, content: `${(isScript ? [first, ...lines] : lines).join("\n")}\n` };
});

/** Removes the braces around names of variables, unless the following text would become part of the name. */
export function bare(line: string): string {
  return line.replace(/\$\{([A-Za-z_]\w*)\}(?![\w[])/g, "$$$1");
}
