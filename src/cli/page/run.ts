import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../load/read-release.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { PageOptions } from "./options.ts";

const pageMark = '<meta name="generator" content="sensorbake page">';

/** Writes the page that was bundled with this package; returns the exit code. */
export async function writePage({ output }: PageOptions, { streams }: Context): Promise<number> {
  await checkMayReplacePage(output, pageMark, "page");
  await replaceFile(output, await readFile(join(packageRoot(), "dist/sensorbake.html")), 0o644);
  streams.say(`${output}: open it in a browser`);
  return exitCodes.fine;
}
