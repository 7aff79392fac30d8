import { loadSettings } from "../../src/load/load.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { ed25519Key } from "./keys.ts";
import { virtualWorld } from "./virtual-world.ts";

/** A sensor with the built-in defaults, for tests of the stages after the settings. */
export const examplePlan: Plan = await planOf({
  name: "sensor-1",
  target: "nocloud",
  admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
});

/** The plan of one sensor's settings. */
export async function planOf(sensor: object): Promise<Plan> {
  const text = JSON.stringify({ version: 1, sensors: [sensor] });
  const { sensors, diagnostics } = await loadSettings("s.yaml", virtualWorld({ "s.yaml": text }), {
    readSecrets: false,
  });
  const [first] = sensors;
  if (first === undefined) throw new Error(`the example plan has errors: ${JSON.stringify(diagnostics)}`);
  return first.plan;
}
