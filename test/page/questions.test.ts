import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { browserProgram, compiled, openPage, openSettings, recompiled } from "../support/browser.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";

// A newcomer's path from a new file, by the questions of `init`, to the files of a Raspberry Pi; and a file that exists.

const test = suite("page/questions");

// Waits until the field of a question has this answer.
async function shows(page: Page, option: string, value: string): Promise<void> {
  const field = page.locator(`#question-${option}`);
  for (let waited = 0; (await field.inputValue()) !== value; waited += 50) {
    assert.ok(waited < 20_000, `${option} is ${await field.inputValue()}`);
    await page.waitForTimeout(50);
  }
}

const shownText = async (page: Page) =>
  (await page.locator(".cm-line").allTextContents()).map((line) => `${line}\n`).join("");

needs(browserProgram)(test, "questions lead to settings, a secret and boot files", async () => {
  const open = await openPage();
  const { page, complaints, requests } = open;
  const answer = async (label: string, value: string) => {
    const field = page.getByLabel(label);
    await field.fill(value);
    await field.blur();
  };
  try {
    await page.getByLabel("Example", { exact: true }).selectOption("new");
    await page.getByText("Answer questions").click();
    await page.locator("#question-ssh-keys-complaint", { hasText: "ssh_keys" }).waitFor();
    await answer("Your SSH public keys", "ssh-ed25519 AAAA");
    await page.locator("#question-ssh-keys-complaint", { hasText: "key" }).waitFor();
    await answer("Your SSH public keys", ed25519Key);
    await page.locator("#question-ssh-keys-complaint:empty").waitFor({ state: "attached" });
    await page.getByLabel("Target").selectOption("pi");
    await page.locator("#question-target").blur();
    await page.getByLabel("Name of the Wi-Fi network").fill("lab");
    await page.locator("#question-country-complaint", { hasText: "country is missing" }).waitFor();
    assert.not.match(await shownText(page), "ssid: lab");
    await page.keyboard.press("Tab");
    assert.is(await page.evaluate("document.activeElement.id"), "question-country");
    await page.keyboard.type("DE");
    await answer("Name of the sensor", "attic-pi");
    await page.locator("#folder-state", { hasText: "network.wifi.psk" }).waitFor();
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

// Leaves the focus in the editor: an editor that gets it back a long time later may move its cursor.
const answerTokyo = `{
  const field = document.getElementById("question-timezone");
  field.value = "Asia/Tokyo";
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type));
}`;

const text = `# mine
version: 1
defaults:
  timezone:   Europe/Berlin   # home
  admin: {ssh_keys: [{file: me.pub}], allow_from: anywhere}
sensors:
  # the first
  - {name: a, target: 'hetzner'}
  - name: b # second
    target: nocloud
    timezone: Etc/UTC
`;

needs(browserProgram)(
  test,
  "questions show the answers in the text, and change only their lines",
  async () => {
    const open = await openPage();
    const { page, complaints } = open;
    const answerTo = (option: string) => page.locator(`#question-${option}`).inputValue();
    try {
      await openSettings(page, text);
      await page.getByText("Answer questions").click();
      await shows(page, "timezone", "Europe/Berlin");
      assert.equal(await Promise.all(["sensor", "target", "allow-from"].map(answerTo)), [
        "a",
        "hetzner",
        "anywhere",
      ]);
      assert.ok(await page.locator("#question-ssh-keys").isDisabled(), "no answer expresses a file of keys");
      const editor = page.getByLabel("Settings of the sensors, as YAML");
      await editor.click();
      await page.keyboard.press("Control+End");
      await page.evaluate(answerTokyo);
      await page.locator(".cm-line", { hasText: "Asia/Tokyo" }).waitFor();
      assert.is(await shownText(page), `${text.replace("Europe/Berlin", "Asia/Tokyo")}\n`);
      // The cursor is still at the end.
      await page.keyboard.insertText("# end");
      await page.locator(".cm-line", { hasText: "# end" }).waitFor();
      assert.is(await shownText(page), `${text.replace("Europe/Berlin", "Asia/Tokyo")}# end\n`);
      await page.keyboard.press("Control+z");
      // The other sensor has its own time zone.
      await page.getByLabel("Sensor of the questions").selectOption("b");
      await shows(page, "timezone", "Etc/UTC");
      await page.locator("#question-timezone").fill("Mars/Base");
      await page.locator("#question-timezone").press("Enter");
      await page.locator("#question-timezone-complaint", { hasText: "Mars/Base" }).waitFor();
      const both = text.replace("Europe/Berlin", "Asia/Tokyo").replace("Etc/UTC", "Mars/Base");
      assert.is(await shownText(page), `${both}\n`);
      // Each answer is one step of the editor's history.
      await editor.focus();
      await page.keyboard.press("Control+z");
      await shows(page, "timezone", "Etc/UTC");
      await page.keyboard.press("Control+z");
      assert.is(await shownText(page), `${text}\n`);
      await page.getByLabel("Name of another sensor").fill("c");
      await page.getByLabel("Name of another sensor").blur();
      await shows(page, "sensor", "c");
      assert.is(await shownText(page), `${text}  - name: c\n    target: nocloud\n\n`);
      await openSettings(page, text.replace("second", "second\n   oops: ["));
      await page.locator("#form-note", { hasText: "Correct line 10 in the editor first" }).waitFor();
      assert.is(await page.locator("#questions input").count(), 0);
      await openSettings(page, "");
      await shows(page, "sensor", "sensor-1");
      await page.locator("#question-sensor").fill("d");
      await page.locator("#question-sensor").blur();
      await page.locator(".cm-line", { hasText: "name: d" }).waitFor();
      assert.equal(complaints, []);
    } finally {
      await open.close();
    }
  },
);

needs(browserProgram)(
  test,
  "a sensor that is chosen while an answer is being written stays chosen",
  async () => {
    const open = await openPage();
    const { page, complaints } = open;
    try {
      await openSettings(page, text);
      await page.getByText("Answer questions").click();
      await shows(page, "timezone", "Europe/Berlin");
      await page.evaluate(`{
        ${answerTokyo}
        const choice = document.getElementById("entry");
        choice.value = "1";
        choice.dispatchEvent(new Event("change"));
      }`);
      await shows(page, "timezone", "Etc/UTC");
      assert.is(await page.locator("#entry").inputValue(), "1");
      assert.is(await shownText(page), `${text.replace("Europe/Berlin", "Asia/Tokyo")}\n`);
      assert.equal(complaints, []);
    } finally {
      await open.close();
    }
  },
);

needs(browserProgram)(test, "the form still works after the worker failed on an answer", async () => {
  const open = await openPage();
  const { page, complaints } = open;
  const answer = async (value: string) => {
    await page.locator("#question-timezone").fill(value);
    await page.locator("#question-timezone").press("Enter");
  };
  try {
    await openSettings(page, text);
    await page.getByText("Answer questions").click();
    await shows(page, "timezone", "Europe/Berlin");
    await page.evaluate(`{
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message) {
        const isBad = message.typed?.value === "bad";
        post.call(this, isBad ? { ...message, text: undefined } : message);
      };
    }`);
    await answer("bad");
    await page.locator("#folder-state", { hasText: "This is a bug of sensorbake" }).waitFor();
    await shows(page, "timezone", "Europe/Berlin");
    await answer("Asia/Tokyo");
    await page.locator(".cm-line", { hasText: "Asia/Tokyo" }).waitFor();
    assert.is(await shownText(page), `${text.replace("Europe/Berlin", "Asia/Tokyo")}\n`);
    assert.equal(complaints, []);
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
      await openSettings(page, large);
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
