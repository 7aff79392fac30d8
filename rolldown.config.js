import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

// Bundles the command into dist/: importing the packages one by one costs several times the start-up of node.
// The two large clients stay outside and are imported only by the commands that need them.
export default {
  input: { sensorbake: "build/src/cli.js", "hash-worker": "build/src/image/hash-worker.js" },
  platform: "node",
  plugins: [{ name: "publish", writeBundle: publish }, licences()],
  external: [/^@aws-sdk\//, "ssh2-sftp-client", "ssh2", "js-fatfs"],
  output: {
    dir: "build/bundle",
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    format: "esm",
    cleanDir: true,
    // The part of each command that does the work is `cli/<command>/run.ts`.
    chunkFileNames: ({ name, facadeModuleId }) =>
      `${/cli\/([\w-]+)\/run\.js$/.exec(facadeModuleId ?? "")?.[1]?.replace(/^/, "run-") ?? name}-[hash].js`,
    banner: "#!/usr/bin/env node",
  },
};

// Each file is replaced as a whole, so that a command that is running during a build keeps working.
function publish() {
  // npm makes the command executable in packages that it installs, not in the one it works in.
  chmodSync("build/bundle/sensorbake.js", 0o755);
  mkdirSync("dist", { recursive: true });
  const files = readdirSync("build/bundle");
  for (const file of files) renameSync(`build/bundle/${file}`, `dist/${file}`);
  for (const file of readdirSync("dist")) if (!files.includes(file)) rmSync(`dist/${file}`);
}

// What a package allows its users, it allows where its words go with it: those of all that is in the bundle.
function licences() {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
      const folders = modules.map((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]);
      const source = [...new Set(folders.filter(Boolean))].sort().map(licenceOf).join("\n\n");
      this.emitFile({ type: "asset", fileName: "LICENCES.txt", source });
    },
  };
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const text = file === undefined ? `${license}\n` : readFileSync(join(folder, file), "utf8");
  return `${name} ${version}\n\n${text}`;
}
