import { chmodSync } from "node:fs";

// Bundles the command into dist/: importing the packages one by one costs several times the start-up of node.
// The two large clients stay outside and are imported only by the commands that need them.
export default {
  input: { sensorbake: "build/src/cli.js", "hash-worker": "build/src/image/hash-worker.js" },
  platform: "node",
  // npm gives the bit to packages that it installs, not to the one it works in.
  plugins: [{ name: "executable", writeBundle: () => chmodSync("dist/sensorbake.js", 0o755) }],
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
