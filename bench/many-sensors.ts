import { compile } from "../src/artifacts/compile.ts";
import { loadSettings } from "../src/load/load.ts";
import { readRelease } from "../src/load/read-release.ts";
import { manySensors, memoryOutside } from "./memory-outside.ts";

// Run by compile.bench.ts as a process of its own, so that its peak memory is its own:
//   node build/bench/many-sensors.js COUNT     prints {"ms": ..., "megabytes": ..., "bytes": ...}

const count = Number(process.argv[2]);
const release = await readRelease();
const start = process.hrtime.bigint();
const loaded = await loadSettings("sensors.yaml", memoryOutside(manySensors(count)), { readSecrets: true });
if (loaded.sensors.length !== count) throw new Error(JSON.stringify(loaded.diagnostics.slice(0, 3)));
let bytes = 0;
for (const { plan, secrets } of loaded.sensors) {
  const compiled = compile(plan, secrets, release);
  if (compiled.kind === "too-large") throw new Error(`${plan.name} is too large`);
  bytes += compiled.userData.bytes;
}
const ms = Number(process.hrtime.bigint() - start) / 1e6;
const megabytes = process.resourceUsage().maxRSS / 1000;
process.stdout.write(`${JSON.stringify({ ms, megabytes, bytes })}\n`);
