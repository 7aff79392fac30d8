import { setTimeout as sleep } from "node:timers/promises";
import { applyFolder } from "../artifacts/apply-archive.ts";
import type { PackedDelivery } from "../artifacts/delivery.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { visible } from "../diagnostics/visible.ts";
import { type ChangePlan, readChangePlan } from "./change-plan.ts";
import { type Destination, runSsh, runSshOnceUp, type SshResult, sshFailed, sshFailure } from "./ssh.ts";

/** One machine and the change to make there. */
export type Change = {
  /** Where the machine is reached before the change. */
  readonly from: Destination;
  /** Where the admin will reach it after the change. */
  readonly to: Destination;
  readonly archive: PackedDelivery;
};

export type ChangeOptions = {
  readonly signal: AbortSignal;
  /** Whether ssh may not ask on the terminal, because several run at the same time. */
  readonly isBatch: boolean;
  /** Receives what happens on the machine, line by line. */
  readonly say: (line: string) => void;
};

/** Seconds after which the machine goes back if no new login has confirmed the change. */
export const confirmSeconds = 180;

/**
 * Sends the archive, which stays in memory there, and returns the machine's plan. Nothing on its disk changes. Waits for
 * a machine that boots. Throws `OutsideError`.
 */
export async function planChange(
  { from, archive }: Change,
  { signal, isBatch, say }: ChangeOptions,
  waitSeconds: number,
): Promise<ChangePlan> {
  const staging = stagingOf(archive);
  const script = [
    "umask 077; export LC_ALL=C",
    // An operator who did not go on leaves this behind.
    `find ${stagingParent} -mindepth 1 -maxdepth 1 -mmin +60 -exec rm -rf {} + 2>/dev/null`,
    `rm -rf ${staging}`,
    `mkdir -p ${staging} && head -c ${archive.archive.byteLength} >${staging}/archive || exit 1`,
    `echo "${archive.sha256}  ${staging}/archive" | sha256sum -c --status || { rm -rf ${staging}; echo "the transfer was interrupted" >&2; exit 1; }`,
    `tar -xzf ${staging}/archive -C ${staging} --no-same-owner && rm ${staging}/archive || exit 1`,
    `exec bash ${staging}/engine.sh plan`,
  ].join("; ");
  const options = { signal, isBatch, seconds: 600, input: archive.archive };
  const result = await runSshOnceUp(from, asRoot(from, script), options, waitSeconds, say);
  const text = result.stdout.toString();
  if (result.code !== 0 && !/^refuse\t/m.test(text)) throw failureOf(from, result);
  try {
    return readChangePlan(text);
  } catch (error) {
    await forgetChange({ from, archive }, { signal, isBatch });
    throw error;
  }
}

/** Removes what `planChange` left in the machine's memory. */
export async function forgetChange(
  { from, archive }: Pick<Change, "from" | "archive">,
  { signal, isBatch }: Pick<ChangeOptions, "signal" | "isBatch">,
): Promise<void> {
  await runSsh(from, asRoot(from, `rm -rf ${stagingOf(archive)}`), { signal, isBatch, seconds: 60 });
}

/**
 * Makes the planned change, and confirms it with a new login. Throws `OutsideError` with the machine's reason if it went
 * back, and if it cannot be reached any more, which the machine notices itself.
 */
export async function makeChange(
  { from, to, archive }: Change,
  { signal, isBatch, say }: ChangeOptions,
): Promise<void> {
  const staging = stagingOf(archive);
  const start = `bash ${staging}/engine.sh start ${confirmSeconds} && rm -rf ${staging}`;
  const started = await runSsh(from, asRoot(from, start), { signal, isBatch, seconds: 120 });
  if (started.code !== 0) throw failureOf(from, started);
  const output = lineReader((line) => {
    const [kind, text = ""] = line.split("\t");
    if (kind === "log") say(visible(text));
  });
  const engine = `${applyFolder}/engine.sh`;
  const options = { signal, isBatch, seconds: 6 * 3600, maxBytes: 2 ** 24 };
  const followed = await runSsh(from, asRoot(from, `exec ${engine} follow`), {
    ...options,
    onOutput: output,
  });
  if (followed.code !== sshFailed && endOf(followed)?.kind === "failed") throw wentBack(followed);

  const deadline = Date.now() + (confirmSeconds + 60) * 1000;
  let last = followed;
  while (Date.now() < deadline) {
    const again = { ...options, isNewConnection: true, connectSeconds: 10, onOutput: output };
    last = await runSsh(to, asRoot(to, `exec ${engine} confirm`), again);
    const end = endOf(last);
    if (end?.kind === "ok") return;
    if (end?.kind === "failed") throw wentBack(last);
    // The machine has already gone back, or this is not the machine.
    if (last.code !== sshFailed) break;
    await sleep(3000, undefined, { signal });
  }
  throw await whyNot(from, last, { signal, isBatch });
}

async function whyNot(
  from: Destination,
  last: SshResult,
  options: Pick<ChangeOptions, "signal" | "isBatch">,
): Promise<OutsideError> {
  const read = asRoot(from, "cat /var/lib/honeypot/state/apply.last");
  for (let tries = 0; tries < 10; tries++) {
    const { code, stdout } = await runSsh(from, read, { ...options, seconds: 30, isNewConnection: true });
    const said = /^\d+ failed (.*)$/m.exec(stdout.toString())?.[1];
    if (code === 0 && said !== undefined) return new OutsideError(visible(said));
    if (code === 0) break;
    await sleep(5000, undefined, { signal: options.signal });
  }
  const { message } = failureOf(from, last);
  return new OutsideError(
    `the new login did not work (${message}), and the machine did not say that it went back`,
    `it goes back by itself: sensorbake status, or ssh -p ${from.port} ${from.user}@${from.address}`,
  );
}

// Standard output of the engine ends with: end, the result, its reason.
function endOf({ stdout }: SshResult): { readonly kind: string; readonly text: string } | undefined {
  const [kind = "", text = ""] = /^end\t(.*)$/m.exec(stdout.toString())?.[1]?.split("\t") ?? [];
  return kind === "" ? undefined : { kind, text: visible(text) };
}

function wentBack(result: SshResult): OutsideError {
  return new OutsideError(endOf(result)?.text ?? "reverted");
}

function failureOf(to: Destination, result: SshResult): OutsideError {
  if (/sudo:.*(password is required|terminal is required)/.test(result.stderr))
    return new OutsideError(
      `${to.user} needs a password for sudo`,
      "use --login root@ADDRESS, or an installer on the machine itself: sensorbake build --installer",
    );
  return sshFailure(to, result);
}

const stagingParent = "/run/honeypot-apply";

function stagingOf({ sha256 }: PackedDelivery): string {
  return `${stagingParent}/${sha256.slice(0, 16)}`;
}

// The login shell splits the words again, so the script is one quoted word. It contains no single quote.
function asRoot({ user }: Destination, script: string): readonly string[] {
  if (script.includes("'")) throw new Error("the script contains a single quote");
  return [...(user === "root" ? [] : ["sudo", "-n"]), "sh", "-c", `'${script}'`];
}

function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = (lines.pop() ?? "").slice(-10_000);
    for (const line of lines) onLine(line);
  };
}
