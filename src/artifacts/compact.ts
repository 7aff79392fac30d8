import type { Artifact } from "./artifact.ts";

/**
 * The same program in fewer bytes, for targets whose user-data is small: a bash script without its comment
 * lines, blank lines and indentation. Anything else is left as it is.
 * Scripts hold no here-documents, and in strings of several lines only awk programs, to which indentation means
 * nothing; a test holds `bash --pretty-print` of both forms against each other, for every script.
 */
export function compact(file: Artifact): Artifact {
  if (typeof file.content !== "string" || !file.content.startsWith("#!/usr/bin/env bash\n")) return file;
  const [shebang = "", ...lines] = file.content.split("\n");
  const kept = lines.map((line) => line.trimStart()).filter((line) => line !== "" && !line.startsWith("#"));
  return { ...file, content: `${[shebang, ...kept].join("\n")}\n` };
}
