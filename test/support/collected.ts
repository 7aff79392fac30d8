import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ScratchRoot } from "./scratch-root.ts";

/** Every day file, decompressed, by its path below the collected logs. */
export function collected(scratch: ScratchRoot): Readonly<Record<string, string>> {
  const folder = scratch.path("var/log/honeypot");
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(json|log)(\.gz)?$/.test(path) && !path.includes("/tty/"))
      .sort()
      .map((path) => {
        const bytes = readFileSync(`${folder}/${path}`);
        return [path, (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()];
      }),
  );
}

/** Runs Python before the collection begins, in its process. */
export async function interfere(scratch: ScratchRoot, program: string): Promise<void> {
  const start = `import runpy, sys
sys.argv[:2] = []
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
${program}
runpy.run_path(sys.argv[0], run_name="__main__")
`;
  const file = await scratch.write("interfere.py", start);
  await scratch.stub("python3", `exec /usr/bin/python3 -IB ${file} "$@"`);
}
