import { compile, type Release } from "../../artifacts/compile.ts";
import type { Delivery } from "../../artifacts/delivery.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { sendDelivery } from "../../machines/send-delivery.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import type { ApplyOptions } from "./options.ts";

/** The result for one sensor. */
type Applied = {
  readonly sensor: string;
  readonly address: string | undefined;
  readonly result: "delivered" | "already" | "failed" | "nothing to send";
  readonly failure: OutsideError | undefined;
};

/** Sends programs and secrets to every waiting sensor, one after another; returns the exit code. */
export async function apply(
  file: string,
  options: ApplyOptions,
  { streams, signal }: Context,
): Promise<number> {
  const waitSeconds = Number(options.wait);
  if (!/^\d{1,6}$/.test(options.wait))
    throw new UsageError("--wait must be a whole number of seconds", "--wait 600");
  const loaded = await openSettings(file, options, { readSecrets: true }, streams);
  if (options.address !== undefined && loaded.sensors.length > 1)
    throw new UsageError(
      "--address applies to one sensor, but the settings have several",
      "select one with --sensor, or write each sensor's address into the settings",
    );

  const release = await readRelease();
  const applied: Applied[] = [];
  for (const sensor of loaded.sensors) {
    signal.throwIfAborted();
    applied.push(await applyOne(sensor, options.address, release, waitSeconds, { streams, signal }));
  }
  if (options.format === "json") streams.json({ sensors: applied.map(plain) });
  else
    streams.result(
      renderTable(
        ["SENSOR", "ADDRESS", "RESULT"],
        applied.map((one) => [one.sensor, one.address ?? "", inWords(one)]),
      ),
    );
  for (const hint of new Set(applied.flatMap(({ failure }) => failure?.hint ?? [])))
    streams.say(`  = help: ${hint}`);
  return applied.some(({ result }) => result === "failed") ? exitCodes.outside : exitCodes.fine;
}

async function applyOne(
  { plan, secrets }: SensorPlan,
  given: string | undefined,
  release: Release,
  waitSeconds: number,
  { streams, signal }: Context,
): Promise<Applied> {
  const compiled = compile(plan, secrets, release);
  const delivery: Delivery | undefined = "contributors" in compiled ? undefined : compiled.delivery;
  let address = given ?? plan.address;
  const end = (result: Applied["result"], failure?: OutsideError): Applied => ({
    sensor: plan.name,
    address,
    result,
    failure,
  });
  if (delivery === undefined) return end("nothing to send");
  try {
    if (address === undefined && plan.ec2 !== undefined) {
      // Only sensors on EC2 load its SDK.
      const { addressOnEc2 } = await import("./address-on-ec2.ts");
      address = await addressOnEc2(plan.name, plan.ec2.region);
    }
    if (address === undefined)
      throw new OutsideError(
        "the sensor's address is unknown",
        `add address: to its entry, or use --sensor ${plan.name} --address ADDRESS`,
      );
    const to = { user: plan.admin.user, address, port: plan.admin.sshPort };
    const say = (text: string) => streams.say(`${plan.name}: ${visible(text.trimEnd())}`);
    return end(await sendDelivery(to, delivery, { signal, waitSeconds, say }));
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return end("failed", error);
  }
}

function inWords({ result, failure }: Applied): string {
  if (failure !== undefined) return `failed: ${visible(failure.message)}`;
  if (result === "already") return "already has its programs and secrets; left unchanged";
  return result === "delivered" ? "delivered; its first boot continues" : "its user-data contains everything";
}

function plain({ sensor, address, result, failure }: Applied): object {
  return {
    sensor,
    address: address ?? null,
    result: result.replaceAll(" ", "_"),
    failure: failure?.message ?? null,
  };
}
