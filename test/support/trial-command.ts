import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { sensorbake } from "./sensorbake.ts";

type ReportedPromise = { readonly id: string; readonly promise: string; readonly result: string };

/** The parts of a trial's report that tests read. */
export type ReportedTrial = {
  readonly promises: readonly ReportedPromise[];
  readonly changed_promises: readonly ReportedPromise[] | null;
  readonly attacks: readonly {
    readonly id: string;
    readonly places: readonly { readonly place: string; readonly result: string }[];
  }[];
  readonly sent: readonly { readonly server: string; readonly to: string; readonly what: string }[];
};

export type TryOutOptions = {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The sensor's entry in the settings for `--apply`. */
  readonly other?: object;
};

/**
 * Runs `sensorbake try` with one sensor, and returns its report. Throws if something was not observed, or if the command
 * left a file behind.
 */
export async function tryOut(
  what: string,
  sensor: object,
  { words = [], env = {}, other }: TryOutOptions = {},
): Promise<ReportedTrial> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
  try {
    await mkdir(join(folder, "tmp"));
    const write = (name: string, one: object) =>
      writeFile(join(folder, name), JSON.stringify({ version: 1, sensors: [one] }));
    await write("sensors.yaml", sensor);
    if (other !== undefined) await write("other.yaml", other);
    const apply = other === undefined ? [] : ["--apply", "other.yaml"];
    const begin = Date.now();
    const { code, stdout, stderr } = await sensorbake(
      ["try", "sensors.yaml", "--format", "json", "--html", "page.html", ...apply, ...words],
      { cwd: folder, env: { TMPDIR: join(folder, "tmp"), XDG_CACHE_HOME: resolve(".cache"), ...env } },
    );
    process.stdout.write(`${what}: ${Math.round((Date.now() - begin) / 1000)} s\n${stderr}`);
    assert.ok(code === 0 || code === 1, `exit code ${code}`);
    const report = JSON.parse(stdout.toString());
    const missing = [
      ...[...report.promises, ...(report.changed_promises ?? [])].filter(
        ({ result }: ReportedPromise) => result === "not_observed",
      ),
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
