import { compile, type Extent, type Release } from "../../artifacts/compile.ts";
import type { UserData } from "../../artifacts/user-data.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { type SensorSize, tooLargeProblems } from "../../load/too-large.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings, refuseProblems } from "../shared/open-settings.ts";
import { someNames } from "../shared/some-names.ts";
import type { UserDataOptions } from "./options.ts";

/** Prints a sensor's user-data; refuses to print bytes on a terminal. Returns the exit code. */
export async function printUserData(
  file: string,
  options: UserDataOptions,
  { streams }: Context,
): Promise<number> {
  const loaded = await openSettings(file, options, { readSecrets: true }, streams);
  const names = loaded.sensors.map(({ plan }) => plan.name);
  if (names.length > 1 && options.format === "text")
    throw new UsageError(
      options.sensor === undefined
        ? `${file} has ${names.length} sensors`
        : "user-data can be printed for only one sensor at a time",
      `choose one with --sensor (${someNames(names)}), or print all with --format json`,
    );
  const extent = options.seedOnly ? "seed" : undefined;
  const release = await readRelease();
  const compiled = loaded.sensors.map((sensor) => ({ sensor, made: userDataOf(sensor, release, extent) }));
  const tooLarge = compiled.flatMap(({ sensor, made }): readonly SensorSize[] =>
    made.kind === "too-large" ? [{ sensor, size: made }] : [],
  );
  refuseProblems(tooLargeProblems(tooLarge), loaded, options, streams);
  const printed = compiled.flatMap(({ sensor: { plan }, made }) =>
    made.kind === "too-large" ? [] : [{ plan, data: made }],
  );
  if (options.format === "json")
    streams.json({ sensors: printed.map(({ plan, data }) => ({ sensor: plan.name, ...plain(data) })) });
  for (const { plan, data } of options.format === "json" ? [] : printed) {
    if (typeof data.handed !== "string" && streams.resultIsTerminal)
      throw new UsageError(
        `the user-data for ${plan.target} is compressed bytes, which a terminal cannot show`,
        "redirect them to a file: > user-data.gz",
      );
    streams.result(data.handed);
  }
  return exitCodes.fine;
}

function userDataOf({ plan, secrets }: SensorPlan, release: Release, extent: Extent | undefined) {
  const compiled = compile(plan, secrets, release, extent);
  if (compiled.kind === "too-large") return compiled;
  if (compiled.userData.form !== "archive") return compiled.userData;
  throw new UsageError(
    `${plan.name} has no user-data: ${plan.os} reads files on the boot partition instead`,
    "`sensorbake build` writes these files, `sensorbake image` puts them into an image",
  );
}

function plain({ form, bytes, handed }: UserData): object {
  return typeof handed === "string"
    ? { form, bytes, encoding: "text", user_data: handed }
    : { form, bytes, encoding: "base64", user_data: Buffer.from(handed).toString("base64") };
}
