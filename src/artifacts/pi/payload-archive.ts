import { gzip, tar } from "../archive.ts";
import type { Artifact } from "../artifact.ts";
import type { UserData } from "../user-data.ts";
import type { PiSensor } from "./backend.ts";
import { networkManagerFiles } from "./network-manager.ts";

/** The payload with the network's files, as one archive for `honeypot-unpack.sh`. */
export function payloadArchive({ plan, secrets, payload }: PiSensor): {
  readonly archive: Artifact;
  readonly userData: UserData;
} {
  const files = [...payload, ...networkManagerFiles(plan, secrets.get("network.wifi.psk"))];
  const content = gzip(tar(files.sort((a, b) => (a.path < b.path ? -1 : 1))));
  return {
    archive: { path: "honeypot.tar.gz", mode: 0o600, content },
    userData: {
      kind: "user-data",
      form: "archive",
      handed: content,
      text: "",
      parts: [],
      bytes: content.byteLength,
    },
  };
}
