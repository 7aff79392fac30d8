import type { Path } from "./diagnostic.ts";
import { visible } from "./visible.ts";

/** A path as shown in messages and docs: `sensors[0].admin.ssh_port`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === "number"
        ? `[${part}]`
        : `${index > 0 ? "." : ""}${visible(part.length > 60 ? `${part.slice(0, 60)}...` : part)}`,
    )
    .join("");
}
