import type { Register } from "../shared/context.ts";
import { examples } from "../shared/options.ts";

export const registerSchema: Register = (program, { streams }) => {
  program
    .command("schema")
    .description("print the JSON Schema of the settings, for editors")
    .addHelpText("after", examples("schema > sensorbake.schema.json"))
    .action(async () => {
      const { schemaText } = await import("../../settings/json-schema.ts");
      streams.result(schemaText());
    });
};
