import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";

/**
 * The parts of a member's path below the folder it is unpacked into; none for the folder itself. Refuses names that
 * would leave it: absolute ones, those with `..`, and on Windows those with a drive or a backslash.
 */
export function memberParts(name: string): readonly string[] {
  const parts = name.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  const isStrange = process.platform === "win32" && /[\\:]/.test(name);
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0") || isStrange)
    throw new OutsideError(
      `the archive has a member whose name leaves the folder: ${visible(name.slice(0, 200))}`,
      "nothing of it was unpacked; no sensor makes such an archive",
    );
  return parts.filter((part) => part !== "");
}
