import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Limits of one archive: files and folders, unpacked bytes, and unpacked bytes per byte of the archive. */
export type Limits = { readonly members: number; readonly bytes: number; readonly ratio: number };

/** Unpacked bytes up to which any ratio is accepted, because small repetitive logs are harmless. */
const harmlessBytes = 64 << 20;

/** Counts the content of one archive. Both functions throw if a limit is exceeded. */
export type Meter = { readonly addMember: () => void; readonly addBytes: (count: number) => void };

/** A meter for an archive of `archiveBytes`. */
export function startMeter(limits: Limits, archiveBytes: number): Meter {
  let members = 0;
  let bytes = 0;
  return {
    addMember: () => {
      members += 1;
      if (members > limits.members)
        throw exceeds(`to more than ${limits.members} files and folders`, "--max-files");
    },
    addBytes: (count) => {
      bytes += count;
      if (bytes > limits.bytes)
        throw exceeds(`to more than ${limits.bytes / 1e9} gigabytes`, "--max-gigabytes");
      if (bytes > harmlessBytes && bytes > limits.ratio * archiveBytes)
        throw exceeds(`to more than ${limits.ratio} times its size`, "--max-ratio");
    },
  };
}

function exceeds(excess: string, option: string): OutsideError {
  return new OutsideError(
    `the archive unpacks ${excess}`,
    `it may be made to fill the disk; if you trust it, raise the limit with ${option}`,
  );
}
