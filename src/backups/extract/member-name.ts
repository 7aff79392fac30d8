import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";

/** Maximum bytes of a path on Linux. */
const longestName = 4096;

/**
 * The parts of a member's path below its target folder; none for the folder itself. Refuses names that would leave it
 * (absolute names, names with `..`, and on Windows names with a drive or a backslash), and names that are too long for
 * any file system.
 */
export function memberParts(name: string): readonly string[] {
  if (name.length > longestName)
    throw new OutsideError(`the archive has a member whose name is too long: ${shownName(name)}...`);
  const parts = name.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  const isStrange = process.platform === "win32" && /[\\:]/.test(name);
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0") || isStrange)
    throw new OutsideError(
      `the archive has a member whose name leaves the folder: ${shownName(name)}`,
      "nothing was unpacked; sensors never make such archives",
    );
  return parts.filter((part) => part !== "");
}

/** A member's name (one character per byte) for a message: escaped, and cut after 200 bytes. */
export function shownName(name: string): string {
  const bytes = Buffer.from(name.slice(0, 200), "latin1");
  const text = bytes.toString("utf8");
  const isUtf8 = Buffer.from(text).equals(bytes);
  return visible(
    isUtf8
      ? text
      : name.slice(0, 200).replace(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`),
  );
}
