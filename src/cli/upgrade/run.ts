import { realpath } from "node:fs/promises";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { visible } from "../../diagnostics/visible.ts";
import { modeline, schemaFile } from "../../init/settings-text.ts";
import { planUpgrade, type UpgradePlan, type UpgradeTables } from "../../load/plan-upgrade.ts";
import type { Change } from "../../settings/upgrade-text.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { processWorld, standardInput } from "../shared/process-world.ts";
import { reportDiagnostics } from "../shared/report.ts";
import { outdatedSchema, writeSchema } from "../shared/schema-file.ts";
import type { Streams } from "../shared/streams.ts";
import type { UpgradeOptions } from "./options.ts";
import { renderDiff } from "./render-diff.ts";
import { writeUpgraded } from "./write-upgraded.ts";

/** A changed file for programs. */
type Result = {
  readonly file: string;
  readonly changes: readonly (Change & { readonly places: number })[];
  /** Missing for the schema. */
  readonly diff?: string;
  readonly written: boolean;
};

/** Shows or applies the changes of each file; returns the exit code. A file with errors does not stop the others. */
export async function upgrade(
  files: readonly string[],
  options: UpgradeOptions,
  { streams }: Context,
  tables?: UpgradeTables,
): Promise<number> {
  const world = processWorld();
  const results: Result[] = [];
  const done = new Set<string>();
  let exit: number = exitCodes.fine;
  for (const file of files) {
    const isInput = file === standardInput;
    const plan = await planUpgrade(file, world, isInput ? undefined : modeline, tables);
    if (plan.diagnostics.length > 0) {
      refuse(file, plan, options, streams);
      exit = Math.max(exit, exitCode(plan.diagnostics, { strict: true }));
      continue;
    }
    const found = await changedFiles(file, plan, done, options, streams);
    if (isInput && options.write && options.format === "text") streams.result(plan.text);
    if (found.length === 0) streams.say(`${visible(file)}: nothing to upgrade`);
    results.push(...found);
  }
  if (options.format === "json") streams.json({ files: results });
  const isPending = results.length > 0 && !options.write;
  if (isPending && exit === exitCodes.fine && !options.check)
    streams.say(`Apply these changes: sensorbake upgrade --write ${files.map(visible).join(" ")}`);
  return options.check && isPending ? Math.max(exit, exitCodes.settings) : exit;
}

function refuse(
  file: string,
  { source, diagnostics, isRefused }: UpgradePlan,
  { format }: UpgradeOptions,
  streams: Streams,
): void {
  reportDiagnostics(diagnostics, source, format, streams);
  streams.say(
    isRefused
      ? `${visible(file)}: not upgraded; fix these errors first`
      : `${visible(file)}: not upgraded; change these settings by hand, because sensorbake cannot rewrite them as they are written`,
  );
}

/** Shows and, with `--write`, applies the changes of a settings file, of its CSV file and of the schema beside it. */
async function changedFiles(
  file: string,
  plan: UpgradePlan,
  done: Set<string>,
  { write, format }: UpgradeOptions,
  streams: Streams,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (result: Omit<Result, "written">, isWritten: boolean) => {
    results.push({ ...result, written: isWritten });
    for (const { setting, what, places } of result.changes)
      streams.say(
        `${visible(result.file)}: ${setting} ${what}${places === 1 ? "" : ` (${places.toLocaleString("en")} places)`}`,
      );
  };
  for (const one of plan.files) {
    // Several settings files may have the same file of sensors.
    const isFile = one.path !== standardInput;
    const identity = isFile ? await realpath(one.path) : one.path;
    if (done.has(identity)) continue;
    done.add(identity);
    const { before, after } = one.shown;
    // Comparing thousands of changed lines takes seconds, so only for a diff that is printed.
    const diff =
      write && format === "text"
        ? undefined
        : renderDiff(one.file, before, after, { color: format === "text" && streams.colorOfResult });
    if (diff !== undefined && format === "text") streams.result(diff);
    if (write && isFile) await writeUpgraded(one);
    add(
      { file: one.file, changes: counted(one.changes), ...(diff !== undefined && { diff }) },
      write && isFile,
    );
  }
  const schema = plan.text.includes(`$schema=${schemaFile}`) ? await outdatedSchema(file) : undefined;
  if (file !== standardInput && schema !== undefined && !done.has(schema)) {
    done.add(schema);
    if (write) await writeSchema(schema);
    const what = "becomes the one of this version";
    add({ file: schema, changes: [{ setting: "the schema", what, places: 1 }] }, write);
  }
  return results;
}

function counted(changes: readonly Change[]): readonly (Change & { readonly places: number })[] {
  const kinds = new Map<string, Change & { places: number }>();
  for (const change of changes) {
    const kind = `${change.setting} ${change.what}`;
    const same = kinds.get(kind);
    if (same === undefined) kinds.set(kind, { ...change, places: 1 });
    else same.places += 1;
  }
  return [...kinds.values()];
}
