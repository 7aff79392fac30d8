import type { BootFiles } from "../../src/artifacts/boot-files.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";

/** Boot files for a stand-in of Raspberry Pi OS 13. */
export function bootFilesFor(name: string): BootFiles {
  return {
    fits: ["raspios-13"],
    files: [
      { path: "user-data", content: `#cloud-config\n${`hostname: ${name}\n`.repeat(4000)}` },
      { path: "meta-data", content: `instance-id: ${name}-1\n` },
    ],
    cmdline: [`ds=nocloud;i=${name}-1`],
    config: [],
  };
}

/** The message and hint with which `work` is refused; fails when it is not, or by something else than the world. */
export async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof OutsideError) return `${error.message} | ${error.hint ?? ""}`;
    throw error;
  }
  throw new Error("nothing was refused");
}
