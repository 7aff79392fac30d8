import { once } from "../plan/once.ts";
import type { Artifact } from "./artifact.ts";
import { compactPython } from "./compact-python.ts";

/**
 * The same file in fewer bytes, for targets whose user-data is small: without comment lines and blank lines, and a
 * script without its indentation and the braces of `${name}` where they mean nothing. For every reader of the data
 * files (systemd, tmpfiles, cron, logrotate, sshd) a line that begins with `#` is a comment.
 * Scripts hold no here-documents, and in strings of several lines only awk programs, to which indentation means
 * nothing; a test holds `bash --pretty-print` of both forms against each other, for every script. Nor do they hold
 * a `${name}` in single quotes (shellcheck SC2016), which would not be a variable.
 */
export const compact = once((file: Artifact): Artifact => {
  // What only root may read is a secret, and a password may begin with `#`.
  if (typeof file.content !== "string" || file.mode === 0o600) return file;
  if (file.path.endsWith(".py")) return { ...file, content: compactPython(file.content) };
  const [first = "", ...rest] = file.content.split("\n");
  const isScript = first.startsWith("#!");
  const lines = (isScript ? rest.map((line) => bare(line.trimStart())) : [first, ...rest]).filter(
    (line) => line !== "" && !line.startsWith("#"),
  );
  return { ...file, content: `${(isScript ? [first, ...lines] : lines).join("\n")}\n` };
});

/** Without the braces around the names of variables, unless what follows would be read as more of the name. */
export function bare(line: string): string {
  return line.replace(/\$\{([A-Za-z_]\w*)\}(?![\w[])/g, "$$$1");
}
