import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { Damaged } from "./byte-reader.ts";
import type { Meter } from "./limits.ts";
import type { Member } from "./member.ts";
import { type Ended, outputOf, startTool } from "./start-tool.ts";
import { readTar } from "./tar-reader.ts";

/** The members of a tar.zst archive encrypted with age; age and zstd decode it through pipes. */
export async function* readEncryptedTar(
  archive: string,
  identity: string | undefined,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Member> {
  if (identity === undefined)
    throw new OutsideError(
      "an encrypted archive needs the private key of one of backup.encrypt_to",
      "sensorbake collect --extract --age-identity FILE",
    );
  const age = await startTool(["age"], ["--decrypt", "--identity", identity], signal);
  try {
    const zstd = await startTool(["zstd"], ["--decompress", "--stdout", "--quiet"], signal);
    // Their exit codes decide.
    const pipes = Promise.allSettled([
      pipeline(createReadStream(archive), age.input),
      pipeline(age.output, zstd.input),
    ]);
    const output = outputOf(zstd.output, meter, async () => {
      await pipes;
      judge(await age.end, await zstd.end);
    });
    try {
      yield* readTar(output);
    } catch (error) {
      // Reads to the end to learn about a failure of age or zstd, the cause of the damage.
      if (error instanceof Damaged) for await (const _ of output);
      throw error;
    } finally {
      await zstd.stop();
    }
  } finally {
    await age.stop();
  }
}

// The first failed program in the pipeline is the cause.
function judge(age: Ended, zstd: Ended): void {
  if (age.code !== 0)
    throw new OutsideError(
      `age could not decrypt it: ${age.said[0]?.replace(/^age: (error: )?/, "")}`,
      "use the private key of a key that was in backup.encrypt_to when the sensor made the archive",
    );
  if (zstd.code !== 0) throw new OutsideError(`zstd could not read it: ${zstd.said.at(-1)}`);
}
