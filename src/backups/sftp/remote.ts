import type { Operations } from "./operations.ts";

/** An open connection to a folder of archives. */
export type Remote = Operations & {
  /** For messages: `backups.example.org:2222`. */
  readonly name: string;
  /** The start of an archive's address: `sftp://backups.example.org:2222`. */
  readonly url: string;
  readonly hints: Hints;
  readonly close: () => Promise<void>;
};

/** How to correct a problem, which depends on where the archives are. */
export type Hints = {
  /** The folder does not exist. */
  readonly missing: string;
  /** The login may not read or write there. */
  readonly denied: string;
  /** The folder has too many entries. */
  readonly crowded: string;
  /** An archive does not match its checksum. */
  readonly damaged: string;
};

/** For archives on the backup server. */
export const serverHints: Hints = {
  missing:
    "run sensorbake preflight for details; the folder is also missing if the sensor has not sent anything yet",
  denied: "`transfer.user` must own the folder `transfer.path` on the server, or have write permission there",
  crowded: "give each sensor its own folder: path: /backups/{sensor}",
  damaged:
    "delete both files on the server, and the archive's line in /var/lib/honeypot/state/transferred on the sensor: it then verifies and sends its own copy again, if it still has one (backup.keep_days)",
};

/** For archives on the sensor that made them. */
export const sensorHints: Hints = {
  missing: "the sensor's first boot creates it; check with: sudo honeypot-status",
  denied: "root on the sensor cannot read its own files; check its disk: sudo dmesg",
  crowded: "backups do not create that many files: look at the folder on the sensor",
  damaged:
    "delete both files on the sensor, and the file of their backup set in /var/lib/honeypot/state/archived: the next backup then packs the whole set again",
};
