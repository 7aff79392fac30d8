import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";

// Runs the suite under each Node release that is in long-term support besides the oldest that we support, which runs
// the suite anyway. The program itself comes from npm's `node` packages, which hold it ready to run.
//
//   npm run test:nodes [-- WORD...]     WORD: only test files whose path holds one of them

const releases = ["22", "24"];

for (const release of releases) {
  const node = install(release);
  process.stdout.write(`\nnode ${execFileSync(node, ["--version"], { encoding: "utf8" })}`);
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` };
  const words = [join(packageRoot(), "build/test/run.js"), ...process.argv.slice(2)];
  const { status } = spawnSync(node, words, { env, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}

function install(release: string): string {
  const folder = join(packageRoot(), `.cache/node-${release}`);
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(folder, "node_modules", name, "bin/node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    execFileSync(
      "npm",
      ["install", "--prefix", folder, "--ignore-scripts", "--no-save", `${name}@${release}`],
      { stdio: "ignore" },
    );
  }
  return node;
}
