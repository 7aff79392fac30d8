import { Ajv } from "ajv";
import schema from "../../cloud-init/cloud-config.schema.json" with { type: "json" };
import type { CloudConfig } from "./cloud-config.ts";

/**
 * Checks what was compiled against the schema of the cloud-config that we allow ourselves.
 * A failure is this program's bug, whatever the settings are, and is thrown as one.
 */
export function checkCloudConfig(config: CloudConfig): void {
  validate ??= new Ajv({ allErrors: true }).compile(schema);
  if (validate(config)) return;
  const places = validate.errors?.map((error) => `${error.instancePath} ${error.message}`).join("; ");
  throw new Error(
    `sensorbake compiled cloud-config that its own schema refuses; please report this: ${places}`,
  );
}

let validate: ReturnType<Ajv["compile"]> | undefined;
