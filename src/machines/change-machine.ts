import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { applyFolder } from "../artifacts/apply-archive.ts";
import type { PackedDelivery } from "../artifacts/delivery.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { visible } from "../diagnostics/visible.ts";
import { type ChangePlan, readChangePlan } from "./change-plan.ts";
import {
  byHand,
  type Destination,
  runSsh,
  runSshOnceUp,
  type SshResult,
  sshFailed,
  sshFailure,
} from "./ssh.ts";

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

/**
 * Sends the archive, which stays in memory there, and returns the machine's plan. Nothing on its disk changes. Waits up
 * to `waitSeconds` for a machine that boots. `keeps`: the archive stays for {@link makeChange}. Throws `OutsideError`.
 */
export async function planChange(
  { from, archive }: Change,
  { signal, isBatch, say }: ChangeOptions,
  { waitSeconds, keeps }: { readonly waitSeconds: number; readonly keeps: boolean },
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
    `bash ${staging}/engine.sh plan`,
    `code=$?; ${keeps ? "" : `rm -rf ${staging}; `}exit $code`,
  ].join("; ");
  const options = { signal, isBatch, seconds: 600, input: archive.archive };
  const result = await runSshOnceUp(from, asRoot(from, script), options, waitSeconds, say);
  const text = result.stdout.toString();
  if (result.code !== 0 && !text.split("\n").some((line) => line.startsWith("refuse\t")))
    throw failureOf(from, result);
  try {
    return readChangePlan(text);
  } catch (error) {
    await forgetChange({ from, archive }, { isBatch });
    throw error;
  }
}

/** Removes what `planChange` left in the machine's memory. A machine that does not answer loses it at its next boot. */
export async function forgetChange(
  { from, archive }: Pick<Change, "from" | "archive">,
  { isBatch }: Pick<ChangeOptions, "isBatch">,
): Promise<void> {
  // Also after Ctrl-C: the archive contains secrets.
  const options = { signal: new AbortController().signal, isBatch, seconds: 30, connectSeconds: 10 };
  try {
    await runSsh(from, asRoot(from, `rm -rf ${stagingOf(archive)}`), options);
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
  }
}

/**
 * Makes the planned change, and confirms it with a new login. Without that login the machine reverts the change after
 * `confirmSeconds`. Throws `OutsideError` with the machine's reason if it reverted the change, or if the new login fails.
 */
export async function makeChange(
  { from, to, archive }: Change,
  { signal, isBatch, say }: ChangeOptions,
  confirmSeconds: number,
): Promise<void> {
  const staging = stagingOf(archive);
  const output = lineReader((line) => {
    const [kind, text = ""] = line.split("\t");
    if (kind === "log") say(visible(text));
  });
  const engine = `${applyFolder}/engine.sh`;
  const options = { signal, isBatch, seconds: longestSeconds, maxBytes: 2 ** 24, onOutput: output };
  // The change may end before it is followed, and deletes its own copy of the engine.
  const start = `bash ${staging}/engine.sh start ${confirmSeconds} || exit; rm -rf ${staging}/tree; bash ${staging}/engine.sh follow; code=$?; rm -rf ${staging}; exit $code`;
  const until = Date.now() + longestSeconds * 1000;
  const started = await runSsh(from, asRoot(from, start), options);
  const reached = endOf(started);
  if (reached?.kind === "failed") throw reverted(started);
  // Without a connection the change may have begun, and the new login shows it.
  if (reached === undefined && !isLost(started)) throw failureOf(from, started);

  let deadline = Date.now() + (confirmSeconds + 60) * 1000;
  let last = started;
  while (Date.now() < Math.min(deadline, until)) {
    const again = { ...options, isNewConnection: true, connectSeconds: 10 };
    last = await runSsh(to, asRoot(to, `exec bash ${engine} confirm`), again);
    const end = endOf(last);
    if (end?.kind === "ok") return;
    if (end?.kind === "failed") throw reverted(last);
    // The first connection was lost while steps still run.
    if (last.code === tryLater) deadline = Date.now() + (confirmSeconds + 60) * 1000;
    else if (!isLost(last)) break;
    await sleep(3000, undefined, { signal });
  }
  // The connection was lost after the confirmation, or the machine has reverted, or it does not let the admin in.
  const result = await readResult([from, to], { signal, isBatch });
  if (result?.kind === "ok") return;
  if (result !== undefined) throw new OutsideError(result.text);
  const { message } = failureOf(to, last);
  throw new OutsideError(
    `the new login did not work (${message}), and the machine did not report that it reverted the change`,
    `it reverts the change by itself; read the result: ${byHand(from)} cat ${resultFile}`,
  );
}

/** `engine.sh confirm` before the change is complete. */
const tryLater = 75;

/** A compromised machine may never end. */
const longestSeconds = 6 * 3600;

/** Whether the connection ended: ssh failed, or Ctrl-C in the terminal, which the change outlives, has ended ssh. */
function isLost({ code }: SshResult): boolean {
  return code === sshFailed || code === 128;
}

const resultFile = "/var/lib/honeypot/state/apply.last";

/** How long the machine may take to report a revert that is due. */
const revertSeconds = 300;

// There is no result until the machine has reverted, which takes a slow one minutes. Meanwhile a login may fail or hang.
async function readResult(
  logins: readonly Destination[],
  options: Pick<ChangeOptions, "signal" | "isBatch">,
): Promise<{ readonly kind: string; readonly text: string } | undefined> {
  const until = Date.now() + revertSeconds * 1000;
  while (Date.now() < until) {
    for (const login of logins) {
      const read = { ...options, seconds: 60, isNewConnection: true };
      const answer = await runSsh(login, asRoot(login, `cat ${resultFile}`), read).catch((error: unknown) => {
        if (error instanceof OutsideError) return undefined;
        throw error;
      });
      const [, kind, text] = /^\d+ (ok|failed) ([^\n]*)\n$/.exec(answer?.stdout.toString() ?? "") ?? [];
      if (kind !== undefined && text !== undefined) return { kind, text: shown(text) };
    }
    await sleep(3000, undefined, { signal: options.signal });
  }
  return undefined;
}

// Standard output of the engine ends with: end, the result, its reason. A line of the log may contain other line ends.
function endOf({ stdout }: SshResult): { readonly kind: string; readonly text: string } | undefined {
  const line = stdout
    .toString()
    .split("\n")
    .find((one) => one.startsWith("end\t"));
  const [, kind = "", text = ""] = line?.split("\t") ?? [];
  return kind === "" ? undefined : { kind, text: shown(text) };
}

function shown(text: string): string {
  return visible(text.slice(0, 500));
}

function reverted(result: SshResult): OutsideError {
  return new OutsideError(endOf(result)?.text ?? "reverted");
}

function failureOf(to: Destination, result: SshResult): OutsideError {
  // The second form is that of sudo-rs, in Ubuntu 26.04.
  if (/sudo:.*((password|terminal) is required|authentication is required)/.test(result.stderr))
    return new OutsideError(
      `${to.user} needs a password for sudo`,
      "use --login root@ADDRESS, or an installer on the machine itself: sensorbake build --installer",
    );
  return sshFailure(to, result);
}

const stagingParent = "/run/honeypot-apply";

function stagingOf({ sha256 }: PackedDelivery): string {
  return `${stagingParent}/${sha256.slice(0, 16)}-${operation}`;
}

/** Two operators with the same settings must not write to the same folder. */
const operation = randomBytes(4).toString("hex");

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
