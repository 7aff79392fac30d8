import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Random } from "./random.ts";
import type { ScratchRoot } from "./scratch-root.ts";

export type RotatingLogs = {
  /** Every line that was written, in the order of writing. */
  readonly written: readonly string[];
  /** Writes and rotates until {@link stop}. */
  readonly run: () => Promise<void>;
  readonly stop: () => void;
  /** Says that a run succeeded: logrotate keeps four generations, and a run may miss one that moves meanwhile. */
  readonly allowRotation: () => void;
};

/**
 * The writers of a sensor in fast motion: cowrie (renamed with its date on the first line of a day), rsyslog
 * with logrotate (numbered or dated; renamed while rsyslog still has it open, or copied and truncated; then
 * compressed in place, or not),
 * the web honeypot's ever-growing file. Lines arrive in pieces, and sometimes late, in a file that was closed.
 */
export function makeRotatingLogs(scratch: ScratchRoot, random: Random): RotatingLogs {
  const written: string[] = [];
  const cowrie = scratch.path("srv/cowrie/var/log/cowrie/cowrie.json");
  const firewall = scratch.path("var/log/dshield.log");
  const web = scratch.path("srv/db/webhoneypot.json");
  let isRunning = true;
  let rotationsAllowed = 0;
  let day = 0;
  let rotations = 0;

  const line = (source: string): string => {
    const text = `${source} ${written.length} ${"x".repeat(random.below(300))}`;
    written.push(text);
    return `${text}\n`;
  };
  const append = async (file: string, source: string): Promise<void> => {
    const descriptor = openSync(file, "a");
    const text = line(source);
    const half = random.below(text.length);
    writeSync(descriptor, text.slice(0, half));
    if (random.below(3) === 0) await sleep(random.below(20));
    writeSync(descriptor, text.slice(half));
    closeSync(descriptor);
  };
  const compress = async (file: string): Promise<void> => {
    const bytes = gzipSync(readFileSync(file));
    const half = random.below(bytes.length);
    const descriptor = openSync(`${file}.gz`, "w");
    writeSync(descriptor, bytes.subarray(0, half));
    await sleep(random.below(40));
    writeSync(descriptor, bytes.subarray(half));
    closeSync(descriptor);
    rmSync(file);
  };
  const copy = async (from: string, to: string): Promise<void> => {
    const bytes = readFileSync(from);
    const half = random.below(bytes.length);
    writeFileSync(to, bytes.subarray(0, half));
    await sleep(random.below(30));
    writeFileSync(to, bytes.subarray(half), { flag: "a" });
  };
  const rotated = (): string => {
    const date = `2026${String(1000 + ++rotations)}`;
    switch (random.below(3)) {
      case 0:
        return `${firewall}-${date}`;
      case 1:
        return `${firewall.replace(".log", "")}.${date}-12345.log`;
      default:
        rmSync(`${firewall}.4.gz`, { force: true });
        for (const count of [3, 2, 1])
          if (existsSync(`${firewall}.${count}.gz`))
            renameSync(`${firewall}.${count}.gz`, `${firewall}.${count + 1}.gz`);
        return `${firewall}.1`;
    }
  };
  const rotateFirewall = async (): Promise<void> => {
    const name = rotated();
    if (random.below(2) === 0) {
      await copy(firewall, name);
      truncateSync(firewall);
      // A program that does not append leaves zeros in front of its next line.
      if (random.below(2) === 0) truncateSync(firewall, statSync(name).size);
    } else {
      renameSync(firewall, name);
      for (let late = random.below(3); late > 0; late--) await append(name, "firewall");
    }
    await sleep(random.below(30));
    if (name.endsWith(".1") || random.below(2) === 0) await compress(name);
  };
  const rotateCowrie = async (): Promise<void> => {
    const closed = `${cowrie}.2026-01-${String(++day).padStart(2, "0")}`;
    renameSync(cowrie, closed);
    await append(cowrie, "cowrie");
    if (random.below(2) === 0) await append(closed, "cowrie");
  };

  return {
    written,
    stop: () => {
      isRunning = false;
    },
    allowRotation: () => {
      rotationsAllowed = 1;
    },
    run: async () => {
      while (isRunning) {
        for (let count = random.below(20); count > 0; count--) await append(firewall, "firewall");
        await append(cowrie, "cowrie");
        await append(web, "web");
        if (rotationsAllowed > 0 && existsSync(firewall) && random.below(6) === 0) {
          rotationsAllowed--;
          await rotateFirewall();
        }
        if (day < 28 && random.below(40) === 0) await rotateCowrie();
        await sleep(random.below(20));
      }
      appendFileSync(firewall, line("firewall"));
    },
  };
}
