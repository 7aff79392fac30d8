import type { Readable } from "node:stream";
import * as yauzl from "yauzl";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * The one file in a zip whose name ends so, as a stream, and its size unpacked. Throws `OutsideError` when there are none
 * or several. What macOS adds to describe each file (`__MACOSX/._NAME`) is not counted.
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
      `${found.length === 0 ? "no file" : `${found.length} files`} in the zip end in ${ending}; one is wanted`,
      "unpack it and give the image itself",
    );
  }
  const stream = await zip.openReadStreamPromise(entry);
  stream.on("close", () => zip.close());
  return { stream, bytes: entry.uncompressedSize };
}
