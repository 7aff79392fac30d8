import type { Code } from "../diagnostics/codes.ts";
import { type Complaint, type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import type { Plan } from "../plan/plan.ts";
import type { Secret } from "../plan/secret.ts";
import { factsOf, secretsOf } from "../plan/secrets.ts";
import { failureText } from "../settings/failure.ts";
import { fileFromSettings } from "../settings/file-from-settings.ts";
import type { Origin } from "../settings/origin.ts";
import { complainOfCharacters } from "../values/characters.ts";
import type { SecretCheck } from "../values/secret-value.ts";
import type { World } from "./world.ts";

/** The result for one secret: its value, or problems; both if other users can read its file. */
type Found = { readonly value?: string; readonly problems: readonly (Complaint & { readonly code: Code })[] };

/** Reads the secrets of many sensors, each variable and each file once. */
export function secretReader(settingsFile: string, world: World) {
  const found = new Map<string, Promise<Found>>();

  /** The values of one sensor's secrets by dotted path, and problems of the others; `wanted`: only these settings. */
  return async function readSecrets(
    plan: Plan,
    origin: Pick<Origin, "placeOf">,
    wanted?: readonly string[],
  ): Promise<{ readonly secrets: ReadonlyMap<string, string>; readonly diagnostics: readonly Diagnostic[] }> {
    const secrets = new Map<string, string>();
    const diagnostics: Diagnostic[] = [];
    for (const { name, path, secret } of secretsOf(plan)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const identity = `${name} ${secret.kind} ${nameOf(secret)}`;
      const { complain, isMultiLine = false, isPublic = false } = factsOf(name);
      const reading = found.get(identity) ?? find(secret, complain, isMultiLine, settingsFile, world);
      found.set(identity, reading);
      const { value, problems } = await reading;
      if (value !== undefined) secrets.set(name, value);
      for (const { code, ...complaint } of problems)
        if (code !== "secret/readable-by-others" || !isPublic)
          diagnostics.push(diagnose(code, origin.placeOf(path), complaint));
    }
    return { secrets, diagnostics };
  };
}

async function find(
  secret: Secret,
  complain: SecretCheck,
  isMultiLine: boolean,
  settingsFile: string,
  world: World,
): Promise<Found> {
  if (secret.kind === "literal") return { value: secret.value, problems: [] };
  const source =
    secret.kind === "env" ? `the environment variable ${secret.name}` : `the file ${quoted(secret.file)}`;
  const problems: Found["problems"][number][] = [];
  let value: string | undefined;
  if (secret.kind === "env") {
    value = world.environment(secret.name);
    if (value === undefined)
      return {
        problems: [
          { code: "secret/missing", message: `${source} is not set`, hint: `export ${secret.name}='...'` },
        ],
      };
  } else {
    const file = fileFromSettings(secret.file, settingsFile, world.home);
    try {
      const { isFile, mode, size } = await world.stat(file);
      if (!isFile)
        return { problems: [{ code: "secret/missing", message: `${source} is not a regular file` }] };
      if (size > largestSecretBytes)
        return { problems: [{ code: "secret/unusable", message: `${source} is larger than 64 KiB` }] };
      if ((mode & 0o077) !== 0)
        problems.push({
          code: "secret/readable-by-others",
          message: `${source} may be read or written by others`,
          hint: `chmod 600 it`,
        });
      value = new TextDecoder().decode(await world.readFile(file)).replace(/\r?\n$/, "");
    } catch (error) {
      return {
        problems: [{ code: "secret/missing", message: `${source} cannot be read: ${failureText(error)}` }],
      };
    }
  }
  if (value === "")
    return { problems: [...problems, { code: "secret/empty", message: `${source} is empty` }] };
  const complaint = (isMultiLine ? undefined : complainOfSecretCharacters(value)) ?? complain(value);
  if (complaint)
    return {
      problems: [
        ...problems,
        { ...complaint, code: "secret/unusable", message: `${source}: ${complaint.message}` },
      ],
    };
  return { value, problems };
}

/** Maximum size of a secret's file, in bytes. */
const largestSecretBytes = 1 << 16;

// A separate message, because naming the character would reveal a part of the secret.
function complainOfSecretCharacters(value: string): Complaint | undefined {
  return (
    complainOfCharacters(value) && {
      message: "the value has several lines or a character that is not printable",
    }
  );
}

function nameOf(secret: Secret): string {
  if (secret.kind === "env") return secret.name;
  return secret.kind === "file" ? secret.file : secret.value;
}
