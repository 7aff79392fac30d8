import type { Register } from "../shared/context.ts";

export const registerSchema: Register = (program, { streams }) => {
  program
    .command("schema")
    .description("print the JSON Schema of the settings, for editors")
    .action(async () => {
      const { settingsSchema } = await import("../../settings/json-schema.ts");
      streams.result(`${JSON.stringify(settingsSchema(), null, 2)}\n`);
    });
};
