import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { bundlePage } from "./rolldown.page.js";

// As ES modules, of which only the part that is used has to be read at each start.
const alias = {
  "yaml/util": inPackages("yaml/browser/dist/util.js"),
  yaml: inPackages("yaml/browser/index.js"),
};

// Bundles the command into dist/: importing the packages one by one costs several times the start-up of node.
// The large clients stay outside and are imported only by the commands that need them.
export default {
  input: {
    sensorbake: "build/src/cli.js",
    "hash-worker": "build/src/image/hash-worker.js",
    "write-worker": "build/src/write/write-worker.js",
  },
  platform: "node",
  plugins: [
    standaloneValidator(),
    withoutSubcommandPrograms(),
    { name: "publish", writeBundle: publish },
    schemaOfSettings(),
    page(),
  ],
  external: [/^@aws-sdk\//, "ssh2-sftp-client", /^ssh2(\/|$)/, "js-fatfs"],
  resolve: { alias },
  output: {
    dir: "build/bundle",
    // The names of functions stay, for the stack of a bug.
    minify: {
      compress: { keepNames: { function: true, class: true } },
      mangle: { toplevel: true, keepNames: true },
      codegen: { removeWhitespace: true },
    },
    format: "esm",
    cleanDir: true,
    // One file for what most commands share: node takes about a millisecond for each file that it loads.
    codeSplitting: { groups: [{ name: "shared", minShareCount: 18 }] },
    // The part of each command that does the work is `cli/<command>/run.ts`.
    chunkFileNames: ({ name, facadeModuleId }) =>
      `${/cli\/([\w-]+)\/run\.js$/.exec(facadeModuleId ?? "")?.[1]?.replace(/^/, "run-") ?? name}-[hash].js`,
    banner: "#!/usr/bin/env node",
  },
};

function inPackages(path) {
  return fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
}

// Puts the code that Ajv generates of our schema in the place of the module that has it generated at each start.
function standaloneValidator() {
  return {
    name: "standalone-validator",
    load(id) {
      if (!/\/artifacts\/validate-cloud-config\.[jt]s$/.test(id)) return;
      const schema = JSON.parse(readFileSync("cloud-init/cloud-config.schema.json", "utf8"));
      const ajv = new Ajv({ allErrors: true, code: { source: true, esm: true } });
      ajv.addSchema(schema, "schema");
      return standalone.default(ajv, { validateCloudConfig: "schema" });
    },
  };
}

// Commander can run subcommands that are programs of their own. We have none, and loading node:child_process is a
// fifth of what starting costs.
function withoutSubcommandPrograms() {
  return {
    name: "without-subcommand-programs",
    transform(code, id) {
      if (!id.endsWith("/commander/lib/command.js")) return;
      const line = "const childProcess = require('node:child_process');";
      if (!code.includes(line)) throw new Error(`commander no longer has the line ${line}`);
      return code.replace(line, "const childProcess = undefined;");
    },
  };
}

// Each file is replaced as a whole, so that a command that is running during a build keeps working.
function publish() {
  // npm makes the command executable in packages that it installs, not in the one it works in.
  chmodSync("build/bundle/sensorbake.js", 0o755);
  mkdirSync("dist", { recursive: true });
  const files = readdirSync("build/bundle");
  for (const file of files) renameSync(`build/bundle/${file}`, `dist/${file}`);
  for (const file of readdirSync("dist")) if (!files.includes(file)) rmSync(`dist/${file}`);
}

// The page for browsers, and the licences.
function page() {
  return {
    name: "page",
    async generateBundle(_options, bundle) {
      const { text, modules } = await bundlePage({ alias, shared: [standaloneValidator()], licencesOf });
      this.emitFile({ type: "asset", fileName: "sensorbake.html", source: text });
      const all = [...Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []), ...modules];
      this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: licencesOf(all) });
    },
  };
}

// What a package allows its users, it allows where its words go with it: those of all that is in the bundle.
function licencesOf(modules) {
  const folders = modules.map((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort().map(licenceOf).join("\n\n");
}

// The schema that the first line of each example names, for editors.
function schemaOfSettings() {
  return {
    name: "schema-of-settings",
    async generateBundle() {
      const { schemaText } = await import("./build/src/settings/json-schema.js");
      this.emitFile({ type: "asset", fileName: "sensorbake.schema.json", source: schemaText() });
    },
  };
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const text = file === undefined ? `${license}\n` : readFileSync(join(folder, file), "utf8");
  return `${name} ${version}\n\n${text}`;
}
