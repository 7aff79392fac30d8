import type { CloudConfig } from "./cloud-config.ts";
import { validateCloudConfig } from "./validate-cloud-config.ts";

/**
 * Validates the compiled cloud-config against our schema. A failure is a bug in sensorbake, whatever the settings are,
 * and is thrown as one.
 */
export function checkCloudConfig(config: CloudConfig): void {
  if (validateCloudConfig(config)) return;
  const places = validateCloudConfig.errors
    ?.map((error) => `${error.instancePath} ${error.message}`)
    .join("; ");
  throw new Error(
    `sensorbake compiled cloud-config that its own schema refuses; please report this: ${places}`,
  );
}
