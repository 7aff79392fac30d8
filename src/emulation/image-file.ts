import { open } from "node:fs/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { runProgram } from "./run-program.ts";

/** The facts about a disk image. */
export type ImageFile = { readonly format: "raw" | "qcow2"; readonly bytes: number };

/**
 * Reads the format of a disk image and the size of its disk. Refuses a file that is not a disk image, and an
 * image that names another file, which QEMU would open: it could be any file of this user.
 */
export async function readImage(path: string): Promise<ImageFile> {
  const file = await open(path, "r");
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0).finally(() => file.close());
  const format = buffer.toString("latin1", 0, 4) === "QFI\xfb" ? "qcow2" : "raw";
  // The end of a boot sector, which a disk with a GPT has too.
  if (format === "raw" && buffer.readUInt16LE(510) !== 0xaa55)
    throw new OutsideError(
      `${path} is not a disk image in the format qcow2 or raw`,
      "give the publisher's cloud image; unpack a compressed one first",
    );
  const text = await runProgram("qemu-img", ["info", "--output=json", "-f", format, "--", path]);
  const info = JSON.parse(text) as Info; // as documented in QEMU's block-core.json
  if (info["backing-filename"] !== undefined || info["format-specific"]?.data?.["data-file"] !== undefined)
    throw new OutsideError(
      `${path} is only a part of an image: it names another file`,
      `qemu-img convert -O qcow2 ${path} WHOLE.qcow2`,
    );
  return { format, bytes: info["virtual-size"] };
}

type Info = {
  readonly "virtual-size": number;
  readonly "backing-filename"?: string;
  readonly "format-specific"?: { readonly data?: { readonly "data-file"?: string } };
};
