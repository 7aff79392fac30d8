import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The sha256 of a local file so far, to be gone on with or digested. */
export async function hashFile(path: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash;
}
