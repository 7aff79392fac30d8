import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { sensorbake } from "./sensorbake.ts";

/** The parts of a trial's report that tests read. */
export type ReportedTrial = {
  readonly promises: readonly { readonly id: string; readonly result: string }[];
  readonly attacks: readonly {
    readonly id: string;
    readonly places: readonly { readonly place: string; readonly result: string }[];
  }[];
  readonly sent: readonly { readonly server: string; readonly to: string; readonly what: string }[];
};

/**
 * Runs `sensorbake try` with one sensor, and returns its report. Throws if something was not observed, or if the command
 * left a file behind.
 */
export async function tryOut(
  what: string,
  sensor: object,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ReportedTrial> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
  try {
    await mkdir(join(folder, "tmp"));
    await writeFile(join(folder, "sensors.yaml"), JSON.stringify({ version: 1, sensors: [sensor] }));
    const begin = Date.now();
    const { code, stdout, stderr } = await sensorbake(
      ["try", "sensors.yaml", "--format", "json", "--html", "page.html", ...words],
      { cwd: folder, env: { TMPDIR: join(folder, "tmp"), XDG_CACHE_HOME: resolve(".cache"), ...env } },
    );
    process.stdout.write(`${what}: ${Math.round((Date.now() - begin) / 1000)} s\n${stderr}`);
    assert.ok(code === 0 || code === 1, `exit code ${code}`);
    const report = JSON.parse(stdout.toString());
    const missing = [
      ...report.promises.filter(({ result }: { result: string }) => result === "not_observed"),
      ...report.attacks.filter(({ places }: { places: { result: string }[] }) =>
        places.some(({ result }) => result === "missing"),
      ),
    ];
    assert.equal(missing, []);
    assert.ok(report.passed);
    assert.is(code, 0, stdout.toString());
    assert.match(await readFile(join(folder, "page.html"), "utf8"), /<h1 class="good">/);
    assert.equal(await readdir(join(folder, "tmp")), []);
    return report;
  } finally {
    await rm(folder, { recursive: true });
  }
}
