import { OutsideError } from "../diagnostics/outside-error.ts";
import { visible } from "../diagnostics/visible.ts";

/** `fresh`: without DShield. `dshield`: DShield was installed by hand. `unfinished`: its first boot has not ended. */
export type MachineKind = "sensor" | "unfinished" | "waiting" | "dshield" | "fresh";

/** A change of one file. */
export type FileChange = {
  readonly action: "add" | "change" | "remove";
  readonly path: string;
  /** Whether somebody changed it on the machine since sensorbake wrote it. */
  readonly isDrift: boolean;
};

/** The old or new value is empty if the machine had or will have none. Secrets are masked on the machine. */
export type SettingChange = { readonly name: string; readonly before: string; readonly after: string };

/** What `apply` would change on one machine. */
export type ChangePlan = {
  readonly machine: MachineKind;
  /** The version that made the machine; empty if none did. */
  readonly madeBy: string;
  readonly files: readonly FileChange[];
  readonly settings: readonly SettingChange[];
  /** Further changes in words: packages, units, accounts, cron lines. */
  readonly others: readonly { readonly subject: string; readonly action: string; readonly name: string }[];
  /** Steps of the first boot that run again: at once, or after the confirmation. */
  readonly steps: readonly string[];
  readonly laterSteps: readonly string[];
};

const machineKinds: readonly string[] = ["sensor", "unfinished", "waiting", "dshield", "fresh"];
const actions: readonly string[] = ["add", "change", "remove"];

/**
 * Reads the lines that `engine.sh plan` prints, tab-separated. The machine may be compromised, so its texts are made
 * printable, and unknown lines are a failure. Throws `OutsideError` also if the machine refuses.
 */
export function readChangePlan(text: string): ChangePlan {
  const rows = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t").map(visible));
  const refusal = rows.find(([kind]) => kind === "refuse");
  if (refusal !== undefined)
    throw new OutsideError(refusal[1]?.slice(0, 500) || "the machine refuses the change");
  const machine = rows[0]?.[0] === "machine" ? rows[0] : undefined;
  if (machine?.[1] === undefined || !machineKinds.includes(machine[1])) throw unexpected(rows[0]);
  const drift = new Set(rows.filter(([kind]) => kind === "drift").map(([, path]) => path));
  const files: FileChange[] = [];
  const settings: SettingChange[] = [];
  const others: { subject: string; action: string; name: string }[] = [];
  const steps: string[] = [];
  const laterSteps: string[] = [];
  for (const row of rows.slice(1)) {
    const [kind, first = "", second = "", third = ""] = row;
    if (kind === "drift") continue;
    if (kind === "file" && actions.includes(first))
      files.push({ action: first as FileChange["action"], path: second, isDrift: drift.has(second) });
    else if (kind === "setting") settings.push({ name: first, before: second, after: third });
    else if (kind === "step") (first === "now" ? steps : laterSteps).push(second);
    else if (kind !== undefined && subjects.includes(kind))
      others.push({ subject: kind, action: first, name: second });
    else throw unexpected(row);
  }
  return {
    machine: machine[1] as MachineKind,
    madeBy: machine[2] ?? "",
    files,
    settings,
    others,
    steps,
    laterSteps,
  };
}

const subjects: readonly string[] = ["package", "clone", "unit", "account", "update", "kickstarter"];

function unexpected(row: readonly string[] | undefined): OutsideError {
  return new OutsideError(
    `the machine sent an unexpected plan: ${(row ?? []).join(" ").slice(0, 200) || "nothing"}`,
  );
}

/** Whether the machine already is as its settings say. */
export function changesNothing({ machine, files, others }: ChangePlan): boolean {
  return machine === "sensor" && files.length === 0 && others.length === 0;
}
