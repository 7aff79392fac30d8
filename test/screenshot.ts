import { statSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { openPage, recompiled } from "./support/browser.ts";

// Writes docs/page.png, the README's picture of the page, with the settings of an example and its explanation:
//
//   npm run screenshot

const output = join(packageRoot(), "docs/page.png");
const { page, close } = await openPage({ viewport: { width: 1200, height: 490 }, colorScheme: "light" });
try {
  await recompiled(page, () => page.getByLabel("Example", { exact: true }).selectOption("dshield"));
  await page.locator("#explanation article", { hasText: "api_key" }).waitFor();
  // The pictures beside the editor instead of the files.
  await page.evaluate(`{
    document.body.style.zoom = 0.7;
    document.querySelector("#explanation .sections").style.gridTemplateColumns = "1fr 1fr";
    document.querySelector("section:has(> #folder)").hidden = true;
    const sections = document.querySelectorAll("#explanation section");
    for (const section of sections) {
      section.hidden = section.querySelector("figure") === null;
      section.classList.remove("wide");
      for (const table of section.querySelectorAll("table")) table.hidden = true;
    }
  }`);
  await page.screenshot({ path: output });
  const { size } = statSync(output);
  if (size > 150_000) throw new Error(`docs/page.png has ${size} bytes, more than 150 kB`);
} finally {
  await close();
}
