import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

// Bundles the compiler and its page (src/page) into one HTML file. In a browser, libraries take the place of the few
// modules of node that the compiler uses.
const browser = {
  platform: "browser",
  tsconfig: false,
  resolve: {
    alias: {
      "node:crypto": fileURLToPath(new URL("src/page/browser/crypto.ts", import.meta.url)),
      "node:path/posix": "pathe",
      "node:path": "pathe",
    },
  },
  transform: { inject: { Buffer: ["buffer", "Buffer"] } },
};

/** The text of the page, and the paths of the modules in it. `shared`: plugins for modules of the compiler. */
export async function bundlePage({ alias, shared, licencesOf }) {
  const resolve = { alias: { ...alias, ...browser.resolve.alias } };
  const worker = await bundle("src/page/worker.ts", {
    ...browser,
    resolve,
    plugins: [...shared, await release()],
  });
  const packed = gzipSync(worker.code, { level: 9 }).toString("base64");
  const page = await bundle("src/page/page.ts", {
    ...browser,
    resolve,
    plugins: [constant("sensorbake:worker", { packedWorker: packed }), await examples()],
  });
  const { style } = await import("./build/src/explain/style.js");
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const css = style + readFileSync("src/page/page.css", "utf8");
  const modules = [...worker.moduleIds, ...page.moduleIds];
  const parts = {
    STYLE_HASH: hashOf(css),
    SCRIPT_HASH: hashOf(page.code),
    VERSION: version,
    LICENCES: licencesOf(modules).replace(
      /[&<]|[^\0-\x7f]/gu,
      (character) => `&#${character.codePointAt(0)};`,
    ),
  };
  const html = readFileSync("src/page/page.html", "utf8");
  const text = html
    .replace(/\{\{([A-Z_]+)\}\}/g, (_, name) => parts[name])
    .replace("<style></style>", () => `<style>${css}</style>`)
    .replace("<script></script>", () => `<script>${page.code}</script>`);
  return { text, modules };
}

// Browsers read a text of ASCII faster.
const notAscii = /[^\0-\x7f]/g;

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

async function bundle(input, options) {
  const build = await rolldown({ input, ...options });
  const { output } = await build.generate({ format: "iife", minify: true, codeSplitting: false });
  await build.close();
  const [{ code, moduleIds }] = output;
  // In HTML, nothing but this ends a script.
  const inHtml = code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return { code: inHtml.replace(notAscii, escaped), moduleIds };
}

function hashOf(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

// A module of constants.
function constant(name, values) {
  return {
    name,
    resolveId: (id) => (id === name ? name : undefined),
    load: (id) =>
      id === name
        ? Object.entries(values)
            .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};`)
            .join("\n")
        : undefined,
  };
}

async function release() {
  const { readRelease } = await import("./build/src/load/read-release.js");
  return constant("sensorbake:release", { release: await readRelease() });
}

async function examples() {
  const { defaultAnswers } = await import("./build/src/init/answers.js");
  const { settingsText } = await import("./build/src/init/settings-text.js");
  const files = readdirSync("examples")
    .sort()
    .map((name) => ({ name, text: readFileSync(join("examples", name), "utf8") }));
  return constant("sensorbake:examples", {
    newSettings: settingsText(defaultAnswers([])),
    examples: files
      .filter(({ name }) => name.endsWith(".yaml"))
      .map(({ name, text }) => ({ name: name.replace(".yaml", ""), text })),
    tables: files.filter(({ name }) => name.endsWith(".csv")),
  });
}
