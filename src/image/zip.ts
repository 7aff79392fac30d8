import type { Readable } from "node:stream";
import * as yauzl from "yauzl";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * The only file in a zip whose name has this ending, as a stream, with its unpacked size. Throws `OutsideError` if there
 * are none or several. Ignores the files that macOS adds (`__MACOSX/._NAME`).
 */
export async function readZipEntry(
  path: string,
  ending: string,
): Promise<{ readonly stream: Readable; readonly bytes: number }> {
  const zip = await yauzl.openPromise(path, { autoClose: false });
  const found: yauzl.Entry[] = [];
  for await (const entry of zip.eachEntry())
    if (entry.fileName.endsWith(ending) && !/^__MACOSX\/|(^|\/)\._[^/]*$/.test(entry.fileName))
      found.push(entry);
  const [entry] = found;
  if (entry === undefined || found.length > 1) {
    zip.close();
    throw new OutsideError(
      `${found.length === 0 ? "no file" : `${found.length} files`} in the zip end in ${ending}; exactly one is needed`,
      "unpack it and use the image itself",
    );
  }
  const stream = await zip.openReadStreamPromise(entry);
  stream.on("close", () => zip.close());
  return { stream, bytes: entry.uncompressedSize };
}
