import { compile, type Release } from "../../artifacts/compile.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { SensorPlan } from "../../load/load.ts";
import { sendDelivery } from "../../machines/send-delivery.ts";
import type { Destination } from "../../machines/ssh.ts";
import type { Context } from "../shared/context.ts";
import { unknownAddress } from "../shared/find-destination.ts";

/** The result for one sensor. */
export type Delivered = {
  readonly sensor: string;
  readonly address: string | undefined;
  readonly result: "delivered" | "already" | "failed" | "nothing to send";
  readonly failure: OutsideError | undefined;
};

/**
 * Sends programs and secrets to one waiting sensor. `find` may throw `OutsideError`; that and an unreachable sensor
 * are results.
 */
export async function deliver(
  { plan, secrets }: SensorPlan,
  find: () => Promise<Destination | undefined>,
  release: Release,
  waitSeconds: number,
  { streams, signal }: Context,
): Promise<Delivered> {
  const compiled = compile(plan, secrets, release);
  let address: string | undefined;
  const end = (result: Delivered["result"], failure?: OutsideError): Delivered => ({
    sensor: plan.name,
    address,
    result,
    failure,
  });
  if (compiled.kind === "too-large" || compiled.delivery === undefined) return end("nothing to send");
  try {
    const to = await find();
    if (to === undefined) throw unknownAddress(plan, "apply");
    address = to.address;
    const say = (text: string) => streams.say(`${plan.name}: ${visible(text.trimEnd())}`);
    return end(await sendDelivery(to, compiled.delivery, { signal, waitSeconds, say }));
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return end("failed", error);
  }
}

/** The results as a table. */
export function renderDelivered(all: readonly Delivered[]): string {
  return renderTable(
    ["SENSOR", "ADDRESS", "RESULT"],
    all.map((one) => [one.sensor, one.address ?? "", inWords(one)]),
  );
}

function inWords({ result, failure }: Delivered): string {
  if (failure !== undefined) return `failed: ${visible(failure.message)}`;
  if (result === "already") return "already has its programs and secrets; left unchanged";
  return result === "delivered" ? "delivered; its first boot continues" : "its user-data contains everything";
}
