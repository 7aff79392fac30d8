import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Bundles the command into dist/: importing the packages one by one costs several times the start-up of node.
// The two large clients stay outside and are imported only by the commands that need them.
export default {
  input: { sensorbake: "build/src/cli.js", "hash-worker": "build/src/image/hash-worker.js" },
  platform: "node",
  // npm gives the bit to packages that it installs, not to the one it works in.
  plugins: [{ name: "executable", writeBundle: () => chmodSync("dist/sensorbake.js", 0o755) }, licences()],
  external: [/^@aws-sdk\//, "ssh2-sftp-client", "ssh2", "js-fatfs"],
  output: {
    dir: "dist",
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    format: "esm",
    cleanDir: true,
    chunkFileNames: "[name]-[hash].js",
    banner: "#!/usr/bin/env node",
  },
};

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
