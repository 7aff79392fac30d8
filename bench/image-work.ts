import { closeSync, fsyncSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadFat } from "../src/image/fat.ts";
import { inject } from "../src/image/inject.ts";
import { fileRegion } from "../src/image/region.ts";
import { bootFilesFor } from "../test/support/boot-files.ts";

// Run by image.bench.ts as a process of its own:
//   node build/bench/image-work.js inject IMAGE           changes an image in place
//   node build/bench/image-work.js make BASE FOLDER NAME... makes an image for each name

const [what, base = "", folder = "", ...names] = process.argv.slice(2);
const fat = await loadFat();
if (what === "inject") {
  const descriptor = openSync(base, "r+");
  // Another content each time, so that there is something to write.
  inject(fileRegion(descriptor, statSync(base).size), bootFilesFor(`run-${Date.now()}`), fat);
  fsyncSync(descriptor);
  closeSync(descriptor);
} else {
  // What changing an image does not need, `sensorbake` does not load for it, either.
  const { makeImages } = await import("../src/image/make-images.ts");
  const { openSource } = await import("../src/image/source.ts");
  const wanted = names.map((name) => ({
    name,
    output: join(folder, `${name}.img`),
    bootFiles: bootFilesFor(name),
  }));
  const { signal } = new AbortController();
  await makeImages({
    source: await openSource(base),
    wanted,
    fat,
    signal,
    stage: () => () => {},
    leaveOut: () => {},
  });
}
