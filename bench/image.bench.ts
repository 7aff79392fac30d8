import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootFilesFor } from "../test/support/boot-files.ts";
import { makePiImage } from "../test/support/pi-image.ts";
import type { Measure } from "./run.ts";

const folder = join(tmpdir(), "sensorbake-bench-image");
const [base, packed, out] = [join(folder, "base.img"), join(folder, "base.img.xz"), join(folder, "out")];
const program = fileURLToPath(new URL("image-work.js", import.meta.url));
const boot = 8 << 20;

/**
 * Images, side by side with the tools that a human would use. The base has the geometry of a Pi's and 600 MB of this
 * machine's own programs in its root; it is kept for the next run.
 */
export const measure: Measure = async () => {
  prepare();
  const lines = [...injection(), ...fromPacked(), ...many()];
  rmSync(out, { recursive: true, force: true });
  return lines;
};

function prepare(): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, content } of bootFilesFor("bench").files) writeFileSync(join(folder, path), content);
  if (existsSync(packed)) return;
  makePiImage(base, { kind: "raspios-13", bootSize: 512, rootSize: 2400 });
  const payload = "tar --create /usr/lib /usr/bin 2>/dev/null | head --bytes=600M";
  sh(
    `{ ${payload}; } | dd of="$1" bs=1M seek=700 conv=notrunc iflag=fullblock status=none; xz -T0 -2 --keep "$1"`,
    base,
  );
}

function injection(): readonly string[] {
  const small = join(folder, "small.img");
  makePiImage(small, { kind: "raspios-13", bootSize: 512, rootSize: 100 });
  const files = ["user-data", "meta-data"].map((name) => join(folder, name));
  const byTools = () => time("mcopy", ["-o", "-i", `${base}@@${boot}`, ...files, "::/"]);
  const rounds = Array.from({ length: 7 }, () => {
    const tools = byTools();
    return {
      tools,
      ours: time(process.execPath, [program, "inject", base]),
      small: time(process.execPath, [program, "inject", small]),
      node: time(process.execPath, ["-e", "0"]),
    };
  });
  const more = median(rounds.map(({ ours, tools }) => ours - tools));
  const start = median(rounds.map(({ node }) => node));
  return [
    `changing a 3 GB image in place takes ${ms(more)} ms more than mcopy, ${ms(start)} ms of it node's own start (goal: at most 100)`,
    `and ${median(rounds.map(({ ours, small }) => ours / small)).toFixed(2)} times as long as in an image of 0.6 GB (goal: 1)`,
  ];
}

function fromPacked(): readonly string[] {
  const files = ["user-data", "meta-data"].map((name) => join(folder, name));
  const byTools = (sync: string) =>
    timeSh(`xz -dc "$1" > "$2"; mcopy -o -i "$2@@${boot}" "$3" "$4" ::/; ${sync}`, [
      packed,
      join(folder, "tools.img"),
      ...files,
    ]);
  const rounds = Array.from({ length: 3 }, () => {
    rmSync(out, { recursive: true, force: true });
    const withXz = time(process.execPath, [program, "make", packed, out, "a"]);
    rmSync(out, { recursive: true, force: true });
    const alone = time(process.execPath, [program, "make", packed, out, "a"], { PATH: "/nonexistent" });
    rmSync(join(folder, "tools.img"), { force: true });
    const synced = byTools('sync "$2"');
    rmSync(join(folder, "tools.img"), { force: true });
    return { withXz, alone, synced, tools: byTools("true") };
  });
  rmSync(join(folder, "tools.img"), { force: true });
  const ratio = (of: "withXz" | "alone", to: "tools" | "synced") =>
    median(rounds.map((round) => round[of] / round[to])).toFixed(2);
  return [
    `.img.xz to a checked, hashed and durable image takes ${ratio("withXz", "tools")} times xz -dc > file and mcopy, ${ratio("withXz", "synced")} times with a sync (goal: at most 1.1)`,
    `without the xz program ${ratio("alone", "tools")} times (goal: at most 3)`,
  ];
}

function many(): readonly string[] {
  const names = Array.from({ length: 10 }, (_, index) => `pi-${index}`);
  const make = (...wanted: readonly string[]) => {
    rmSync(out, { recursive: true, force: true });
    const before = ticksOfPrograms();
    const wall = time(process.execPath, [program, "make", packed, out, ...wanted]);
    return { wall, ticks: ticksOfPrograms() - before };
  };
  // In pairs, since the machine's speed drifts: ten runs one after the other take minutes.
  const rounds = Array.from({ length: 3 }, () => ({
    one: make("pi"),
    ten: make(...names),
    next: make("pi"),
  }));
  const share = (of: "wall" | "ticks") =>
    median(rounds.map(({ one, ten, next }) => ten[of] / ((one[of] + next[of]) * 5))).toFixed(2);
  return [
    `ten images from one base take ${share("wall")} of ten times one run, and ${share("ticks")} of its processor time (goal: under 0.25)`,
  ];
}

function time(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(command, words, {
    encoding: "utf8",
    env: { ...process.env, MTOOLS_SKIP_CHECK: "1", ...env },
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return Number(process.hrtime.bigint() - start);
}

// What the programs that have ended, and theirs, have had of the processors: other work on the machine is not in it.
function ticksOfPrograms(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

function timeSh(script: string, words: readonly string[]): number {
  return time("sh", ["-ec", script, "sh", ...words]);
}

function sh(script: string, ...words: readonly string[]): void {
  execFileSync("sh", ["-ec", script, "sh", ...words]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function ms(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(0);
}
