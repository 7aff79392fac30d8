import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stringify } from "yaml";
import { settingsSchema } from "../../src/settings/json-schema.ts";
import { browserProgram, type OpenPage, openPage, openSettings } from "../support/browser.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";

// Settings come from other people: text in them must stay text.

const test = suite("page/hostile");
const withBrowser = needs(browserProgram);
const attack = `"'><img src=x onerror="document.title='attacked'"><script>document.title='attacked'</script>`;
let opened: Promise<OpenPage> | undefined;
const openOnce = () => {
  opened ??= openPage().then(async (open) => {
    // The form shows the text as well.
    await open.page.getByText("Answer questions").click();
    return open;
  });
  return opened;
};
test.after(async () => (await opened)?.close());

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
};

/** The settings with `attack` as every leaf's value. */
function attacked({ properties, items, anyOf }: Schema): unknown {
  const map = properties ?? anyOf?.find((form) => form.properties)?.properties;
  if (map !== undefined)
    return Object.fromEntries(Object.entries(map).map(([key, schema]) => [key, attacked(schema)]));
  return items === undefined ? attack : [attacked(items)];
}

withBrowser(test, "text in each setting does not become HTML", async () => {
  const open = await openOnce();
  const schema = settingsSchema() as Schema;
  const defaults = attacked(schema.properties?.defaults ?? {}) as Readonly<Record<string, unknown>>;
  const sections = Object.entries(defaults);
  assert.ok(sections.length > 20);
  for (const [key, value] of sections) {
    const text = stringify({ version: 1, defaults: { [key]: value }, sensors: [{ name: attack }] });
    await openSettings(open.page, text);
    assert.ok((await open.page.locator("#problems li").count()) > 0, key);
    await isUnharmed(open, key);
  }
});

withBrowser(test, "text in names, keys, tables and file names does not become HTML", async () => {
  const open = await openOnce();
  const inName = JSON.stringify(attack);
  for (const text of [
    `version: 1\n${inName}: 1\nsensors: [{name: a, target: nocloud}]`,
    `version: 1\nsensors: [{name: a, target: ${inName}}]`,
    `version: 1\nsensors: []\nsensors_from: ${inName}`,
    `version: 1\nsensors: [{name: a, target: nocloud, admin: {ssh_keys: [{file: ${inName}}], allow_from: anywhere}}]`,
    `version: 1\nsensors: [{name: a, target: nocloud, backup: {password: {env: ${inName}}}}]`,
    `version: [${attack}`,
  ]) {
    await openSettings(open.page, text);
    await isUnharmed(open, text);
  }
});

withBrowser(test, "text that the settings accept does not become HTML in the explanation", async () => {
  const open = await openOnce();
  const name = "<img src=x onerror=f()>";
  const text = stringify({
    version: 1,
    sensors: [
      {
        name: "a",
        target: "pi",
        os: "raspios-13",
        admin: { ssh_keys: [`${ed25519Key} ${attack}`], allow_from: "anywhere" },
        network: { wifi: { ssid: name, country: "DE", security: "open" } },
      },
    ],
  });
  await openSettings(open.page, text);
  await open.page.locator("#explanation", { hasText: name }).waitFor();
  assert.match((await open.page.locator("#folder-state").textContent()) ?? "", /^a: \d+ files/);
  await isUnharmed(open, "accepted");
});

async function isUnharmed({ page, complaints, requests }: OpenPage, message: string): Promise<void> {
  assert.match(await page.title(), /^sensorbake: /, message);
  // Playwright's locators look into shadow trees as well.
  assert.is(await page.locator("img, iframe, object, [onerror], body script + script").count(), 0, message);
  assert.equal(complaints, [], message);
  assert.equal(requests, [], message);
}

test.run();
