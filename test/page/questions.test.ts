import { suite } from "uvu";
import * as assert from "uvu/assert";
import { browserProgram, compiled, openPage, recompiled } from "../support/browser.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";

// A newcomer's path: from the empty page, by the questions of `init`, to the files of a Raspberry Pi.

const test = suite("page/questions");

needs(browserProgram)(test, "questions lead to settings, a secret and boot files", async () => {
  const open = await openPage();
  const { page, complaints, requests } = open;
  const done = page.getByRole("button", { name: "Replace the settings" });
  try {
    await page.getByText("Write new settings by answering questions").click();
    await page.getByLabel("Target").waitFor();
    assert.ok(await done.isDisabled(), "a key is required");
    await page.getByLabel("Target").fill("px");
    await page.locator("#question-target-0-complaint", { hasText: '"px"' }).waitFor();
    await page.getByLabel("Your SSH public keys").fill("ssh-ed25519 AAAA");
    await page.locator("#ssh-keys-complaint", { hasText: "key" }).waitFor();
    await page.getByLabel("Your SSH public keys").fill(ed25519Key);
    await page.locator("#ssh-keys-complaint:empty").waitFor({ state: "attached" });
    assert.ok(await done.isDisabled(), "an answer is invalid");
    await page.getByLabel("Target").fill("pi");
    await page.getByLabel("Name of the Wi-Fi network").fill("lab");
    await page.getByLabel("Country code").fill("DE");
    await page.getByLabel("Name of the sensor").fill("attic-pi");
    await page.locator("#use-answers:enabled").click();
    await compiled(page);
    assert.match((await page.locator("#folder-state").textContent()) ?? "", "network.wifi.psk");
    await page.getByLabel("WIFI_PSK, as text").fill("a passphrase");
    await page.locator("#folder-state", { hasText: /^attic-pi: \d+ files/ }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the boot files as a zip" }).click(),
    ]);
    assert.is(download.suggestedFilename(), "attic-pi-boot.zip");
    assert.equal(complaints, []);
    assert.equal(requests, []);
  } finally {
    await open.close();
  }
});

needs(browserProgram)(
  test,
  "settings stay in the browser only on request, and never with a secret",
  async () => {
    const open = await openPage();
    const { page } = open;
    const stored = () => page.evaluate("Object.values(localStorage).join()") as Promise<string>;
    const write = async (text: string) => {
      await page.getByLabel("Settings of the sensors, as YAML").click();
      await page.keyboard.press("Control+End");
      await recompiled(page, () => page.keyboard.insertText(text));
    };
    try {
      await write("# one\n");
      assert.is(await stored(), "");
      await page.getByLabel("Keep these settings").check();
      await write("# two\n");
      assert.match(await stored(), "# two");
      await page.reload();
      await page.locator(".cm-line", { hasText: "# two" }).waitFor();
      await compiled(page);
      await write("backup: {password: canary-of-a-secret}\n");
      assert.is(await stored(), "");
      await page.getByText("Not kept").waitFor();
      const large = `backup: {password: canary-of-a-secret}\n${"# comment\n".repeat(120_000)}`;
      const file = { name: "large.yaml", mimeType: "text/yaml", buffer: Buffer.from(large) };
      await recompiled(page, () => page.locator("#open").setInputFiles(file));
      await page.locator("#problems", { hasText: "source/too-large" }).waitFor();
      assert.is((await stored()).length, 0);
    } finally {
      await open.close();
    }
  },
);

needs(browserProgram)(
  test,
  "text that was typed after the check is not kept before its own check",
  async () => {
    const open = await openPage();
    const { page } = open;
    try {
      await recompiled(page, () => page.getByLabel("Keep these settings").check());
      // Replaces the text as soon as the worker has received `notify`, and delays the next check.
      await page.evaluate(`{
        const choose = (name) => {
          const choice = document.getElementById("example");
          choice.value = name;
          choice.dispatchEvent(new Event("change"));
        };
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (...message) {
          Worker.prototype.postMessage = post;
          post.apply(this, message);
          window.setTimeout = () => 0;
          choose("dshield");
        };
        choose("notify");
      }`);
      await compiled(page);
      await page.locator(".cm-line", { hasText: "user_id" }).waitFor();
      const kept = (await page.evaluate("Object.values(localStorage).join()")) as string;
      assert.match(kept, "notify:");
      assert.not.match(kept, "user_id");
    } finally {
      await open.close();
    }
  },
);

test.run();
