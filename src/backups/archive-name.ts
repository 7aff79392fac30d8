/** The parts of an archive's name: `fra-vps_dshield_logs_2026-11-24_03-00-00.zip`. */
export type ArchiveName = {
  readonly file: string;
  readonly sensor: string;
  readonly set: string;
  /** `2026-11-24_03-00-00`, in the sensor's time zone. */
  readonly date: string;
  readonly format: ArchiveFormat;
};

export type ArchiveFormat = "zip" | "7z" | "tar.zst.age";

/** Parses a file name; `undefined` if it is not an archive's. An archive's name is safe as a local file name. */
export function parseArchiveName(file: string): ArchiveName | undefined {
  const [, sensor, set, date, format] = pattern.exec(file) ?? [];
  if (sensor === undefined || set === undefined || date === undefined) return undefined;
  return { file, sensor, set, date, format: format as ArchiveFormat };
}

// A sensor's name has no underscore, but a set's name may.
const pattern =
  /^([a-z0-9-]{1,63})_([a-z][a-z_]{0,30})_(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)\.(zip|7z|tar\.zst\.age)$/;

/** Parses the `sha256sum` output beside an archive; `undefined` unless it is one line for exactly this name. */
export function parseChecksum(text: string, file: string): string | undefined {
  const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)\n?$/.exec(text) ?? [];
  return name === file ? digest : undefined;
}
