import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { execute } from "./scratch-root.ts";

/** Copies a folder of a machine, as it is at the moment, to a temporary one here while `body` looks at it. */
export async function withCopyOf<Value>(
  machine: VirtualMachine,
  folder: string,
  body: (copy: string) => Promise<Value>,
): Promise<Value> {
  // 1: a file changed while it was read; a capture always does.
  const archive = await machine.read(`tar --create --directory='${folder}' . || (($? == 1))`);
  const copy = await mkdtemp(join(tmpdir(), "sensorbake-copy-"));
  try {
    await unpack(archive, copy);
    return await body(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function unpack(archive: Buffer, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = ["--extract", "--no-same-owner", "--directory", folder];
    const tar = execFile("tar", options, (error) => (error === null ? resolve() : reject(error)));
    tar.stdin?.on("error", () => {}); // tar ended before it read all; its exit code tells
    tar.stdin?.end(archive);
  });
}

/** Runs a program of this machine and returns its output; throws when it fails. */
export async function here(program: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await execute(program, words);
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
