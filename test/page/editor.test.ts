import { suite } from "uvu";
import * as assert from "uvu/assert";
import { browserProgram, openPage, openSettings } from "../support/browser.ts";
import { needs } from "../support/needs.ts";

const test = suite("page/editor");
const withBrowser = needs(browserProgram);

withBrowser(test, "the editor completes settings and describes them", async () => {
  const open = await openPage();
  const { page, complaints } = open;
  try {
    const editor = page.getByLabel("Settings of the sensors, as YAML");
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("version: 1\ndefaults:\n  timez");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-completionLabel", { hasText: "timezone" }).click();
    await page.keyboard.insertText("Europe/Berlin\n  security:\n    egress: r");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-completionLabel", { hasText: "restricted" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".cm-line", { hasText: "timezone: Europe/Berlin" }).locator("span").first().hover();
    await page.locator(".about", { hasText: "Default: " }).waitFor();
    assert.equal(complaints, []);
  } finally {
    await open.close();
  }
});

withBrowser(test, "the editor corrects a problem from its list, by a key and by the mouse", async () => {
  const open = await openPage();
  const { page, complaints } = open;
  const shown = async () => (await page.locator(".cm-content").innerText()).replaceAll("\n\n", "\n");
  const wrong = "version: 1\ndefaults: {os: debain-13, timezone: US/Eastern}\nsensors: []\n";
  try {
    await openSettings(page, wrong);
    await page.getByRole("button", { name: "Write debian-13" }).click();
    await page.locator("#problems", { hasNotText: "debain" }).waitFor();
    assert.match(await shown(), "os: debian-13, timezone: US/Eastern");
    await page.keyboard.press("Control+Period");
    await page.locator("#problems", { hasNotText: "Eastern" }).waitFor();
    assert.match(await shown(), "os: debian-13, timezone: America/New_York}");
    await page.keyboard.press("Control+z");
    assert.match(await shown(), "timezone: US/Eastern");
    await page.locator("#problems", { hasText: "Eastern" }).waitFor();
    await page.locator(".cm-lintRange-error").first().hover();
    await page.locator(".cm-diagnosticAction", { hasText: "Write America/New_York" }).click();
    await page.locator("#problems", { hasNotText: "Eastern" }).waitFor();
    assert.match(await shown(), "timezone: America/New_York}");
    assert.equal(complaints, []);
  } finally {
    await open.close();
  }
});

test.run();
