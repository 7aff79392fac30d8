import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./artifacts/digest.ts";
import { programsArchive } from "./artifacts/programs.ts";
import { packageRoot, readRelease } from "./load/read-release.ts";

// Writes what a release publishes: the npm package, the programs archive, an SBOM of both and SHA256SUMS.
//
//   node build/src/release.js FOLDER     FOLDER must be empty or absent

const [folder = ""] = process.argv.slice(2);
if (folder === "") throw new Error("usage: node build/src/release.js FOLDER");
mkdirSync(folder, { recursive: true });
if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);

const root = packageRoot();
const { templates } = await readRelease();
const { name, archive } = programsArchive(templates);
writeFileSync(join(folder, name), archive);
npm("pack", root, "--ignore-scripts", "--pack-destination", folder);
// With the development packages: the bundle in dist/ contains many of them.
writeFileSync(join(folder, "sbom.spdx.json"), npm("sbom", "--sbom-format=spdx"));
const sums = readdirSync(folder)
  .sort()
  .map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`);
writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
process.stdout.write(sums.join(""));

function npm(...words: readonly string[]): string {
  return execFileSync("npm", ["--prefix", root, ...words], { encoding: "utf8", maxBuffer: 1 << 26 });
}
