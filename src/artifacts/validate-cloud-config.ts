import { Ajv } from "ajv";
import schema from "../../cloud-init/cloud-config.schema.json" with { type: "json" };

/**
 * Whether a value fits the schema; `errors` of the function says why not. In `dist/` the code that Ajv generates of the
 * schema stands in the place of this file (`rolldown.config.js`): to generate it costs as much as the start of node.
 */
export const validateCloudConfig = new Ajv({ allErrors: true }).compile(schema);
