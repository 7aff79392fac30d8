import type { Register } from "../shared/context.ts";
import { examples, note } from "../shared/options.ts";
import type { PageOptions } from "./options.ts";

export const registerPage: Register = (program, context) => {
  program
    .command("page")
    .description("write the compiler as one HTML page, which works offline in a browser")
    .option("-o, --output <page>", "the HTML page to write", "sensorbake.html")
    .addHelpText(
      "after",
      note(
        "Open the page from the disk or put it on any web server. It needs no installation and sends nothing: its policy forbids every connection.",
      ),
    )
    .addHelpText("after", examples("page -o sensorbake.html"))
    .action(async (options: PageOptions) => {
      const { writePage } = await import("./run.ts");
      process.exitCode = await writePage(options, context);
    });
};
