import { gzip, tar } from "../../artifacts/archive.ts";
import { countryDatabase } from "./country-database.ts";
import type { Answer } from "./dshield-service.ts";

/** The server from which json_log_country downloads its database. */
export const maxmindName = "download.maxmind.com";

/** Answers as MaxMind's downloads: with an archive that has a small database. */
export function answerAsMaxmind(path: string): Answer | undefined {
  if (!path.startsWith("/geoip/databases/GeoLite2-Country/download")) return undefined;
  const file = { path: "GeoLite2-Country_20260101/GeoLite2-Country.mmdb", mode: 0o644 };
  const archive = gzip(tar([{ ...file, content: countryDatabase() }]));
  return { type: "application/gzip", body: Buffer.from(archive) };
}
