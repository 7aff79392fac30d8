import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Callback, Test } from "uvu";

/**
 * Declares a test that needs tools of the machine (names or absolute paths), or the rights of `root`. Where one is missing the test is a printed
 * skip, except under CI, where it fails: a proof that is silently left out proves nothing.
 */
export function needs(...tools: readonly string[]) {
  const missing = tools.filter((tool) => (tool === "root" ? process.getuid?.() !== 0 : !isOnPath(tool)));
  return <Context>(suite: Test<Context>, name: string, body: Callback<Context>): void => {
    if (missing.length === 0) suite(name, body);
    else if (process.env.CI === "true")
      suite(name, () => {
        throw new Error(`CI lacks ${missing.join(", ")}`);
      });
    else {
      process.stdout.write(`  skipped: ${name} (needs ${missing.join(", ")})\n`);
      suite.skip(name, body);
    }
  };
}

function isOnPath(tool: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return (isAbsolute(tool) ? [""] : folders).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
