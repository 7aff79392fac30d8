import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { escapeEnvironment } from "../../src/artifacts/escapes.ts";
import { nasty } from "../support/nasty.ts";
import { needs } from "../support/needs.ts";

// The boot test checks that systemd reads the same file; systemd does not run here.

const test = suite("readers/environment");

for (const shell of ["bash", "dash"])
  needs(shell)(test, `${shell} reads back every nasty value, and runs none of them`, () => {
    assert.equal(readBy(shell, nasty), nasty);
  });

for (const shell of ["bash", "dash"])
  needs(shell)(test, `${shell} reads back any printable text`, () => {
    const printable = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
    fc.assert(
      fc.property(fc.array(printable, { minLength: 1, maxLength: 50 }), (values) => {
        assert.equal(readBy(shell, values), values);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

function readBy(shell: string, values: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-environment-"));
  try {
    const file = join(folder, "honeypot");
    writeFileSync(file, values.map((value, index) => `V${index}="${escapeEnvironment(value)}"\n`).join(""));
    const names = values.map((_, index) => `"$V${index}"`).join(" ");
    const out = execFileSync(shell, ["-eu", "-c", `. "$1"; printf '%s\\0' ${names}`, shell, file], {
      encoding: "utf8",
    });
    return out.split("\0").slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.run();
