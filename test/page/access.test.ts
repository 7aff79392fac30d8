import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SensorState } from "../../src/cli/status/read-fleet.ts";
import { renderPage } from "../../src/cli/status/render-page.ts";
import { browserProgram, compiled, openPage } from "../support/browser.ts";
import { needs } from "../support/needs.ts";

// The page for people with a keyboard, a screen reader or a phone.

const test = suite("page/access");
const withBrowser = needs(browserProgram);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const width of [390, 1280])
  for (const colorScheme of ["light", "dark"] as const)
    withBrowser(test, `axe reports nothing serious (${width} pixels, ${colorScheme})`, async () => {
      const open = await openPage({ viewport: { width, height: 900 }, colorScheme });
      const { page } = open;
      try {
        await page.getByLabel("Example", { exact: true }).selectOption("tools");
        await compiled(page);
        await page.locator("#explanation article").waitFor();
        await page.getByText("Answer questions").click();
        await page.locator("#question-siem").waitFor();
        await page.evaluate(axe);
        const found = await page.evaluate("axe.run()");
        const { violations, passes } = found as {
          violations: readonly Finding[];
          passes: readonly Finding[];
        };
        assert.ok(passes.length > 10);
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.equal(
          serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`),
          [],
        );
        assert.is(
          await page.evaluate("document.documentElement.scrollWidth"),
          width,
          "no scrolling sideways",
        );
      } finally {
        await open.close();
      }
    });

withBrowser(test, "the page of status with every column needs no scrolling sideways", async () => {
  const open = await openPage({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await open.page.context().newPage();
    await page.setContent(renderPage([everyColumn], { time: new Date(0), ec2: undefined }));
    assert.is(await page.locator("thead th").count(), 11);
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), 1280);
  } finally {
    await open.close();
  }
});

const everyColumn = {
  plan: { name: "fra-vps", logs: { keepDays: 30 } },
  drift: ["settings"],
  answer: {
    healthy: false,
    facts: { disk_percent: 40, version: "1.0.0", capture_bytes_per_day: 5e8 },
    checks: [
      { name: "backup", status: "bad", message: "the archiver ended with exit code 2", next: "", age: 7200 },
      { name: "last report", status: "good", message: "1 h ago", next: "", age: 3600 },
      { name: "transfer", status: "good", message: "2 h ago", next: "", age: 7200 },
    ],
  },
} as unknown as SensorState;

withBrowser(test, "the printed page has the steps and the explanation without the editor", async () => {
  const open = await openPage();
  const { page } = open;
  const areVisible = (...places: readonly string[]) =>
    Promise.all(places.map((place) => page.locator(place).isVisible()));
  try {
    await page.locator("#explanation article").waitFor();
    const controls = ["#editor", "footer", "#sensor"];
    assert.equal(await areVisible(...controls), [true, true, true]);
    await page.emulateMedia({ media: "print" });
    assert.equal(await areVisible(...controls), [false, false, false]);
    assert.equal(await areVisible("#folder pre", "#explanation article"), [true, true]);
  } finally {
    await open.close();
  }
});

type Finding = {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[] }[];
};

withBrowser(test, "the keyboard reaches everything from the example to the download", async () => {
  const open = await openPage();
  const { page, complaints } = open;
  const tabTo = async (id: string) => {
    for (let pressed = 0; pressed < 60; pressed++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(focused)) === id) return;
    }
    throw new Error(`the Tab key does not reach ${id}`);
  };
  try {
    await tabTo("example");
    await page.keyboard.type("minimal");
    await tabTo("editor");
    await page.keyboard.press("Control+End");
    await page.keyboard.type("capture", { delay: 20 });
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-completionLabel", { hasText: "sensors_from" }).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await compiled(page);
    assert.match((await page.locator("#summary").textContent()) ?? "", "1 error");
    await page.keyboard.press("Control+z");
    await page.locator("#summary", { hasText: "1 error" }).waitFor({ state: "detached" });
    await tabTo("sensor");
    await compiled(page);
    await page.getByText("Download all as a zip").waitFor();
    await tabTo("Download all as a zip");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.is(download.suggestedFilename(), "sensor-1.zip");
    assert.equal(complaints, []);
  } finally {
    await open.close();
  }
});

const focused = "document.activeElement?.id || document.activeElement?.textContent";

test.run();
