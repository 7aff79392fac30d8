import { readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import { countryDatabase } from "../../src/trial/stand-ins/country-database.ts";

/** A file that a test needs in the guest besides the sensor's own, as cloud-init's `write_files` takes it. */
export type GuestFile = { readonly path: string; readonly content: string; readonly encoding?: "b64" };

/** Adds files to the user-data of a built sensor. */
export async function addFiles(userData: string, files: readonly GuestFile[]): Promise<void> {
  const config = parse(await readFile(userData, "utf8"));
  config.write_files.push(...files);
  await writeFile(userData, `#cloud-config\n${JSON.stringify(config)}\n`);
}

/** Makes the guest's git use a server of ours, at this port of the host, for some owners on GitHub. */
export function gitconfig(port: number, ...owners: readonly string[]): GuestFile {
  const instead = owners.map((owner) => `\tinsteadOf = https://github.com/${owner}/\n`).join("");
  return { path: "/etc/gitconfig", content: `[url "git://10.0.2.2:${port}/"]\n${instead}` };
}

/** Sets variables of a unit, which makes its scripts use our stand-ins. */
export function unitVariables(unit: string, variables: Readonly<Record<string, string>>): GuestFile {
  const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return {
    path: `/etc/systemd/system/${unit}.d/test.conf`,
    content: `[Service]\nEnvironment=${words.join(" ")}\n`,
  };
}

/** The country database that JSON-Log-Country finds installed. */
export function countryFile(): GuestFile {
  return {
    path: "/usr/share/GeoIP/GeoLite2-Country.mmdb",
    encoding: "b64",
    content: countryDatabase().toString("base64"),
  };
}
