import { join } from "node:path";
import { compile } from "../../artifacts/compile.ts";
import { numberOf } from "../../diagnostics/number-of.ts";
import { makeSeed } from "../../image/seed.ts";
import { readRelease } from "../../load/read-release.ts";
import type { Chosen } from "../shared/chosen-sensors.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { counted, size } from "../shared/progress.ts";
import { checkMayWrite, replaceFile } from "../shared/replace-file.ts";
import { type ImageOptions, isSeveral } from "./options.ts";

/** Writes a CIDATA volume for each sensor; returns the exit code. */
export async function writeSeeds(
  chosen: Chosen,
  options: ImageOptions,
  { streams, signal }: Context,
): Promise<number> {
  const release = await readRelease();
  const written: { readonly sensor: string; readonly path: string; readonly bytes: number }[] = [];
  for (const sensor of counted(chosen.sensors, "writing", "seeds", streams.status)) {
    signal.throwIfAborted();
    const { name } = sensor.plan;
    const compiled = compile(sensor.plan, sensor.secrets, release);
    if (compiled.kind === "too-large") throw new Error("nocloud has no limit");
    const bytes = makeSeed(compiled.artifacts);
    const path = isSeveral(options) ? join(options.output ?? "", `${name}.seed.img`) : (options.output ?? "");
    await checkMayWrite(path, undefined, options.force);
    await replaceFile(path, bytes, 0o600);
    written.push({ sensor: name, path, bytes: bytes.length });
  }
  if (options.format === "json") streams.json({ seeds: written });
  else for (const { path, bytes } of written) streams.print(`${path}  ${size(bytes)}\n`);
  if (written.length > 1) streams.say(numberOf(written.length, "seed"));
  streams.say(
    "Attach it to the virtual machine as a second disk or a CD; cloud-init finds it by its label CIDATA.",
  );
  return exitCodes.fine;
}
