import { setTimeout as sleep } from "node:timers/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { VirtualMachine } from "../emulation/virtual-machine.ts";
import { sshFailed } from "../machines/ssh.ts";
import type { Plan } from "../plan/plan.ts";

/** A finished step of the first boot, by its file: `40-packages`. */
export type FirstBootStep = { readonly name: string; readonly seconds: number };

/** Seconds for a first boot. DShield's installer alone may take five hours, and the libraries of the tools one. */
export function firstBootSeconds({ dshield, tools }: Pick<Plan, "dshield" | "tools">): number {
  if (dshield !== undefined) return 6 * 3600;
  return tools === undefined ? 3600 : 2 * 3600;
}

export type FirstBootOptions = {
  readonly signal: AbortSignal;
  readonly limitSeconds: number;
  readonly onStep: (step: FirstBootStep) => void;
};

/**
 * Waits for the end of the first boot, and reports each step that its log shows. Throws `OutsideError` with the sensor's
 * own message if a step failed.
 */
export async function waitForFirstBoot(
  machine: Pick<VirtualMachine, "run" | "waitForLogin">,
  { signal, limitSeconds, onStep }: FirstBootOptions,
): Promise<void> {
  let reported = 0;
  await machine.waitForLogin();
  for (const until = Date.now() + limitSeconds * 1000; Date.now() < until; ) {
    signal.throwIfAborted();
    const { code, stdout } = await machine.run(stateAfter(reported));
    const text = stdout.toString();
    const steps = stepsIn(text);
    for (const step of steps.slice(reported)) onStep(step);
    reported = Math.max(reported, steps.length);
    if (code === 0) return;
    if (code === failed) {
      const [, message = "for an unknown reason"] = /^\d+ failed (.{0,500})$/m.exec(text) ?? [];
      throw new OutsideError(`the first boot failed: ${message}`);
    }
    // The first boot restarts sshd, and the machine.
    if (code === sshFailed) await machine.waitForLogin();
    await sleep(1000, undefined, { signal });
  }
  throw new OutsideError(`the first boot did not end within ${limitSeconds} s`);
}

const failed = 3;

// Waits on the machine, up to a minute, for another step, because each question costs an emulated processor seconds.
// systemd starts a failed first boot again and again; one that has failed is not waited for.
const stateAfter = (steps: number): string => `cd /var/lib/honeypot/state
shopt -s nullglob
for ((i = 0; i < 20; i++)); do
  stamps=(first-boot/[0-9]*.done) result=""
  read -r _ result _ 2>/dev/null <first-boot.last || true
  if [[ -e first-boot.done || "$result" == failed ]] || ((\${#stamps[@]} > ${steps})); then break; fi
  sleep 3
done
grep --text ' is done after ' /var/log/honeypot_setup.log || true
test ! -e first-boot.done || exit 0
cat first-boot.last 2>/dev/null || true
if [[ "$result" == failed ]]; then exit ${failed}; fi
exit 1
`;

/** The finished steps in the log of the first boot, in order. */
export function stepsIn(log: string): readonly FirstBootStep[] {
  return [...log.matchAll(/ run: (\d\d-[a-z-]{1,30}) is done after (\d{1,6}) s$/gm)].map(
    ([, name = "", seconds]) => ({ name, seconds: Number(seconds) }),
  );
}
