import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { type Accelerator, findAccelerator } from "../../src/emulation/accelerator.ts";
import type { Architecture } from "../../src/emulation/boot-disk.ts";
import { firmwareWords } from "../../src/emulation/firmware.ts";
import { processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";

const test = suite("accelerators");
const withQemu = needs("qemu-system-x86_64", "qemu-img");
const base = (architecture: Architecture) => ({
  disk: "/nonexistent/disk.img",
  format: "raw" as const,
  architecture,
  kernel: { image: "/nonexistent/vmlinuz", initrd: "/nonexistent/initrd.img" },
});
const works = async (): Promise<undefined> => undefined;
const linux = { platform: "linux", architecture: "amd64" } as const;

const cases: readonly (readonly [
  name: string,
  host: { readonly platform: string; readonly architecture: "amd64" | "arm64" },
  failure: string | undefined,
  want: Accelerator,
  reason: string,
])[] = [
  ["Linux uses KVM", linux, undefined, "kvm", ""],
  ["a Mac uses HVF", { platform: "darwin", architecture: "amd64" }, undefined, "hvf", ""],
  [
    "KVM that is present but broken falls back to TCG",
    linux,
    "the processor stops with the status internal-error",
    "tcg",
    "kvm does not work here: the processor stops with the status internal-error",
  ],
  [
    "a guest with another processor is emulated",
    { platform: "linux", architecture: "arm64" },
    undefined,
    "tcg",
    "this machine's processor is not amd64",
  ],
  [
    "another system emulates",
    { platform: "freebsd", architecture: "amd64" },
    undefined,
    "tcg",
    "freebsd has no accelerator",
  ],
];

for (const [name, host, failure, accelerator, reason] of cases)
  withQemu(test, name, async () => {
    const probe = failure === undefined ? works : async () => failure;
    assert.equal(await findAccelerator(base("amd64"), { ...host, probe }), { accelerator, reason });
  });

withQemu(
  test,
  "the accelerator of another system is tried, refused with QEMU's words, and leaves no process",
  async () => {
    const { accelerator, reason } = await findAccelerator(base("amd64"), { ...linux, platform: "darwin" });
    assert.is(accelerator, "tcg");
    assert.match(reason, /^hvf does not work here: .*hvf/);
    assert.is(processesBelow(process.pid).length, 0);
  },
);

// A QEMU whose KVM runs for seconds and then stops, as QEMU 7.2 does in some nested machines.
async function withFakeQemu(status: string, work: () => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  const before = process.env.PATH;
  const fake = `#!${process.execPath}
const { createServer } = require("node:net");
const path = process.argv.at(-1).replace(/^unix:|,.*$/g, "");
const begin = Date.now();
createServer((socket) => {
  socket.write('{"QMP":{}}\\n');
  socket.on("data", (chunk) => socket.write(
    String(chunk).includes("query-status")
    ? JSON.stringify({ return: { status: Date.now() - begin > 1000 ? "${status}" : "running" } }) + "\\n" : '{"return":{}}\\n'));
}).listen(path);
`;
  for (const name of ["qemu-system-x86_64", "qemu-img"]) {
    await writeFile(join(folder, name), fake);
    await chmod(join(folder, name), 0o755);
  }
  process.env.PATH = `${folder}:${before}`;
  try {
    await work();
  } finally {
    process.env.PATH = before;
    await rm(folder, { recursive: true });
  }
}

test("a processor that stops during the boot is reported", () =>
  withFakeQemu("internal-error", async () => {
    assert.equal(await findAccelerator(base("amd64"), linux), {
      accelerator: "tcg",
      reason: "kvm does not work here: the processor stopped with the status internal-error",
    });
  }));

test("Ctrl-C ends the search for an accelerator, and leaves no process", () =>
  withFakeQemu("running", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("Ctrl-C")), 500);
    const error = await findAccelerator(base("amd64"), linux, stop.signal).catch((error: unknown) => error);
    assert.is((error as Error).message, "Ctrl-C");
    assert.is(processesBelow(process.pid).length, 0);
  }));

test("without QEMU the error names the packages of each system", async () => {
  const before = process.env.PATH;
  process.env.PATH = "/nonexistent";
  try {
    const error = await findAccelerator(base("arm64"), linux).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.instance(error, OutsideError);
    const { message, hint } = error as OutsideError;
    assert.is(message, "QEMU is not installed: qemu-system-aarch64 and qemu-img");
    assert.match(
      hint ?? "",
      /apt install qemu-system-arm .*qemu-utils\nFedora: dnf install .*\nmacOS: brew install qemu/,
    );
  } finally {
    process.env.PATH = before;
  }
});

test("a disk for arm64 needs the firmware, and one for amd64 does not", () => {
  assert.equal(firmwareWords("amd64", []), []);
  assert.equal(firmwareWords("arm64", ["/nonexistent", "/etc/passwd"]), ["-bios", "/etc/passwd"]);
  assert.throws(() => firmwareWords("arm64", []), /firmware for arm64 is not installed/);
});

test.run();
