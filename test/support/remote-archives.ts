import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Puts an archive with its checksum into a folder, like a sensor's transfer, and returns its bytes. */
export async function putArchive(
  folder: string,
  file: string,
  content: number | Uint8Array,
  { isComplete = true }: { readonly isComplete?: boolean } = {},
): Promise<Uint8Array> {
  const bytes = typeof content === "number" ? randomBytes(content) : content;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), bytes);
  if (isComplete) await writeFile(join(folder, `${file}.sha256`), `${sha256(bytes)}  ${file}\n`);
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
