import type { Artifact } from "../artifacts/artifact.ts";
import type { Service, Step } from "./explanation.ts";
import { firstComment } from "./first-comment.ts";
import { stepSeconds } from "./step-seconds.ts";

/** The steps of `first-boot/run`, in order. */
export function steps(files: readonly Artifact[]): readonly Step[] {
  return named(files, /^\/opt\/honeypot\/first-boot\/(\d.*)\.sh$/).map(([name, text]) => ({
    name,
    does: firstComment(text),
    measuredSeconds: stepSeconds[name],
  }));
}

/** The units on the sensor, with their own descriptions. */
export function services(files: readonly Artifact[]): readonly Service[] {
  return named(files, /^\/etc\/systemd\/system\/([^/]+\.(?:service|timer|path))$/).map(([unit, text]) => ({
    unit,
    does: /^Description=(.*)$/m.exec(text)?.[1] ?? "",
  }));
}

function named(
  files: readonly Artifact[],
  pattern: RegExp,
): readonly (readonly [name: string, text: string])[] {
  return files.flatMap(({ path, content }) => {
    const name = pattern.exec(path)?.[1];
    return name === undefined || typeof content !== "string" ? [] : [[name, content] as const];
  });
}
