import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** A `.service` file as a table: each key with its values in order, continuation lines joined. */
export async function readUnit(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = (await readFile(file, "utf8")).replaceAll("\\\n", " ");
  const unit = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) unit.set(key, [...(unit.get(key) ?? []), value]);
  }
  return unit;
}

/**
 * The command systemd would start for a unit's `ExecStart=`, as a word list, with its environment: specifiers
 * (`%%`) and `${NAME}` replaced as systemd does, without a shell; paths below /var moved under `root`.
 */
export async function unitCommand(
  file: string,
  root: string,
): Promise<{ readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> }> {
  const unit = await readUnit(file);
  const own = Object.fromEntries(
    (unit.get("Environment") ?? []).map((pair) => pair.split("=", 2) as [string, string]),
  );
  const variables: Record<string, string> = { ...own };
  for (const path of unit.get("EnvironmentFile") ?? [])
    Object.assign(variables, await readEnvironment(join(root, path.replace(/^-/, ""))));
  const words = (unit.get("ExecStart")?.[0] ?? "").split(/\s+/).map((word) =>
    word
      .replaceAll("%%", "%")
      .replace(/^\/var\//, `${root}/var/`)
      .replace(/\$\{(\w+)\}/g, (_, name: string) => {
        const value = variables[name];
        if (value === undefined) throw new Error(`${basename(file)} names ${name}, which no file sets`);
        return value;
      }),
  );
  return { words, environment: own };
}

async function readEnvironment(file: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await readFile(file, "utf8")).matchAll(/^(\w+)="((?:[^"\\]|\\.)*)"$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = "", value = ""]) => [name, value.replace(/\\(.)/g, "$1")]),
  );
}
