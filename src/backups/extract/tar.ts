import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { memberParts } from "./member-name.ts";
import { startTool } from "./run-tool.ts";
import { type Member, readTar } from "./tar-reader.ts";

/**
 * Unpacks a tar.zst archive that is encrypted with age: age and zstd decode, the members are written here, so that
 * nothing else than files and folders can come of it. Gives how many members were left out.
 */
export async function extractTar(
  archive: string,
  folder: string,
  identity: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (identity === undefined)
    throw new OutsideError(
      "an encrypted archive needs the private key of one of backup.encrypt_to",
      "sensorbake collect --extract --age-identity FILE",
    );
  const age = await startTool(["age"], ["--decrypt", "--identity", identity], signal);
  const zstd = await startTool(["zstd"], ["--decompress", "--stdout", "--quiet"], signal);
  if (!age.child.stdin || !age.child.stdout || !zstd.child.stdin || !zstd.child.stdout)
    throw new Error("no pipes");
  const pipes = Promise.allSettled([
    pipeline(createReadStream(archive), age.child.stdin),
    pipeline(age.child.stdout, zstd.child.stdin),
  ]);
  let failure: unknown;
  let leftOut = 0;
  try {
    for await (const member of readTar(zstd.child.stdout)) {
      signal.throwIfAborted();
      if (!(await unpack(member, folder))) leftOut += 1;
    }
  } catch (error) {
    failure = error;
    zstd.child.stdout.destroy();
    age.child.stdout.destroy();
  }
  await pipes;
  const [decrypted, decompressed] = await Promise.all([age.end, zstd.end]);
  // What went wrong first in the row is why the rest did.
  if (failure instanceof OutsideError && decrypted.code === 0) throw failure;
  if (decrypted.code !== 0 && !(failure instanceof OutsideError && /leaves the folder/.test(failure.message)))
    throw new OutsideError(
      `age could not decrypt it: ${decrypted.said.split("\n")[0]?.replace(/^age: (error: )?/, "")}`,
      "is the identity the private half of one of backup.encrypt_to, when the sensor made the archive?",
    );
  if (failure !== undefined) throw failure;
  if (decompressed.code !== 0)
    throw new OutsideError(`zstd could not read it: ${decompressed.said.split("\n").at(-1)}`);
  return leftOut;
}

async function unpack(member: Member, folder: string): Promise<boolean> {
  const parts = memberParts(member.name);
  if (member.kind === "other") return false;
  if (member.kind === "folder") {
    await mkdir(join(folder, ...parts), { recursive: true, mode: 0o700 });
    return true;
  }
  await mkdir(join(folder, ...parts.slice(0, -1)), { recursive: true, mode: 0o700 });
  const file = await open(join(folder, ...parts), "wx", 0o600);
  try {
    for await (const chunk of member.content) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  return true;
}
