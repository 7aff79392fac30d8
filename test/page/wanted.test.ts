import { suite } from "uvu";
import * as assert from "uvu/assert";
import { browserProgram, openPage, openSettings, recompiled } from "../support/browser.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";

const test = suite("page/wanted");
const settings = `version: 1
sensors_from: rooms.csv
defaults:
  target: nocloud
  admin: {ssh_keys: [{file: keys/me.pub}], allow_from: anywhere}
  backup: {password: {file: "~/secrets/{sensor}"}}
`;

needs(browserProgram)(test, "asks for the table, key files and secret files of the settings", async () => {
  const open = await openPage();
  const { page, complaints, requests } = open;
  const give = async (name: string, content: string) => {
    const file = { name: "any", mimeType: "text/plain", buffer: Buffer.from(content) };
    await recompiled(page, () => page.getByLabel(`${name}, from a file`).setInputFiles(file));
  };
  const wanted = () => page.locator("#wanted legend").allTextContents();
  const state = async () => (await page.locator("#folder-state").textContent()) ?? "";
  try {
    await openSettings(page, settings);
    await page.locator("#problems li", { hasText: "table/unreadable" }).waitFor();
    assert.equal(await wanted(), ["File rooms.csv"]);
    await give("rooms.csv", "name\nroom-1\nroom-2\n");
    assert.match((await page.locator("#problems").textContent()) ?? "", "access/key-file");
    assert.equal(await wanted(), ["File rooms.csv", "File keys/me.pub"]);
    await give("keys/me.pub", `${ed25519Key}\n`);
    assert.match(await state(), "Enter the secrets to compile room-1: backup.password");
    await give("~/secrets/room-1", "a canary of a password\n");
    assert.match(await state(), /^room-1: \d+ files/);
    // The other sensor has its own secret.
    await page.getByLabel("Sensor", { exact: true }).selectOption("room-2");
    await page.locator("#folder-state", { hasText: "compile room-2" }).waitFor();
    assert.equal(await wanted(), ["File rooms.csv", "File keys/me.pub", "File ~/secrets/room-2 (secret)"]);
    assert.is(await page.locator("input[type=password]").count(), 1);
    assert.not.match((await page.locator("body").textContent()) ?? "", "canary");
    assert.is(await page.evaluate("localStorage.length"), 0);
    assert.equal([...complaints, ...requests], []);
  } finally {
    await open.close();
  }
});

needs(browserProgram)(test, "a secret is still in its field after another sensor was shown", async () => {
  const open = await openPage();
  const { page } = open;
  const choose = (sensor: string) =>
    recompiled(page, () => page.getByLabel("Sensor", { exact: true }).selectOption(sensor));
  const value = (name: string) => page.getByLabel(`${name}, as text`).inputValue();
  try {
    const text = settings
      .replace("sensors_from: rooms.csv", "sensors: [{name: a}, {name: b}]")
      .replace("file: keys/me.pub", "file: me.pub")
      .replace('{file: "~/secrets/{sensor}"}', '{env: "PASSWORD_{sensor}"}');
    await openSettings(page, text);
    await recompiled(page, () => page.getByLabel("me.pub, as text").fill(ed25519Key));
    await recompiled(page, () => page.getByLabel("PASSWORD_A, as text").fill("a canary of a password"));
    await choose("b");
    assert.is(await value("PASSWORD_B"), "");
    await choose("a");
    assert.is(await value("PASSWORD_A"), "a canary of a password");
  } finally {
    await open.close();
  }
});

test.run();
