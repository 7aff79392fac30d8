import { Ajv } from "ajv";
import schema from "../../cloud-init/cloud-config.schema.json" with { type: "json" };

/**
 * Whether a value matches the schema; the function's `errors` has the reasons. In `dist/`, code that Ajv generated from
 * the schema replaces this file (`rolldown.config.js`), because generating it takes as long as starting node.
 */
export const validateCloudConfig = new Ajv({ allErrors: true }).compile(schema);
