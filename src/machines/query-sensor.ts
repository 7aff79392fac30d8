import { OutsideError } from "../diagnostics/outside-error.ts";
import { quoted } from "../diagnostics/visible.ts";
import { parseReport, type SensorReport } from "./sensor-report.ts";
import { byHand, type Destination, runSsh, sshFailed, sshFailure } from "./ssh.ts";

export type QueryOptions = {
  readonly signal: AbortSignal;
  /** Seconds for the whole query; at most 10 of them to connect. */
  readonly seconds: number;
};

/**
 * Asks one sensor for its health over SSH, without questions on the terminal. Throws `OutsideError` if it does not
 * answer, or if its answer is too large, of another format, or from another sensor.
 */
export async function querySensor(
  name: string,
  to: Destination,
  { signal, seconds }: QueryOptions,
): Promise<SensorReport> {
  const { code, stdout, stderr } = await runSsh(
    to,
    ["sudo", "-n", "/usr/local/bin/honeypot-status", "--json"],
    { signal, seconds, connectSeconds: Math.min(10, seconds), maxBytes: 2 ** 18, isBatch: true },
  );
  if (code === sshFailed) throw sshFailure(to, { code, stderr });
  if (stdout.length === 0) throw silent(name, to, code, stderr);
  const report = parseReport(stdout.toString());
  if (report === undefined)
    throw new OutsideError(
      "its answer is not in the format of this version of honeypot-status",
      `look at it with care: ${byHand(to)} sudo honeypot-status`,
    );
  if (report.sensor !== name)
    throw new OutsideError(`another sensor answers at ${to.address}: ${quoted(report.sensor)}`);
  return report;
}

function silent(name: string, to: Destination, code: number, stderr: string): OutsideError {
  if (stderr.includes("command not found"))
    return new OutsideError(
      "it has no honeypot-status yet",
      `if it waits for its programs: sensorbake apply FILE --sensor ${name}`,
    );
  return sshFailure(to, { code, stderr });
}
