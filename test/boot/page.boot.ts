import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { browserProgram, openPage } from "../support/browser.ts";
import { preparedDisk } from "../support/debian-tree.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { adminPort, bootTools } from "../support/sensor-under-test.ts";
import { testMachine } from "../support/test-machine.ts";
import { underTest } from "../support/under-test.ts";

// A newcomer's path: from the empty page, by its questions, to a seed volume that boots.

const test = suite("a sensor whose seed comes from the page");
const release = "debian-13";
const subject = underTest("the sensor", async ({ folder, key, keep }) => {
  const volume = join(folder, "downloaded.img");
  await downloadSeed(await readFile(`${key}.pub`, "utf8"), volume);
  const seed = join(folder, "seed");
  await mkdir(seed);
  assert.is((await execute("7zz", ["x", `-o${seed}`, volume])).code, 0);
  const disk = await preparedDisk(release);
  const machine = await testMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports: [] });
  keep(machine);
  // The machine gets the same bytes.
  assert.equal(await readFile(join(machine.folder, "seed.img")), await readFile(volume));
  await machine.start();
  await machine.waitForLogin();
  return machine;
});

async function downloadSeed(publicKey: string, place: string): Promise<void> {
  const { page, close } = await openPage();
  try {
    await page.getByLabel("Example", { exact: true }).selectOption("new");
    await page.getByText("Answer questions").click();
    await page.getByLabel("Your SSH public keys").fill(publicKey);
    await page.getByLabel("Networks").fill("10.0.2.0/24");
    await page.getByLabel("Name of the sensor").fill("fra-vps");
    await page.locator("#question-sensor").press("Enter");
    await page.locator("#folder-state", { hasText: /^fra-vps: \d+ files/ }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the seed volume" }).click(),
    ]);
    await download.saveAs(place);
  } finally {
    await close();
  }
}

const withTools = needs(browserProgram, ...bootTools);

withTools(test, "the first boot ends, and honeypot-status says that the sensor is well", async () => {
  const machine = await subject.machine();
  const { code, stdout, stderr } = await machine.run("honeypot-status --wait --timeout 2400");
  assert.is(code, 0, `${stdout}${stderr}`);
  assert.match(stdout.toString(), /^fra-vps is well\n/);
});

withTools(test, "cloud-init has read the seed from the volume, which is an ISO 9660 volume", async () => {
  const machine = await subject.machine();
  assert.match(
    await machine.must("cat /run/cloud-init/result.json"),
    /DataSourceNoCloud \[seed=\/dev\/vdb\]/,
  );
  assert.is((await machine.must("blkid --output value --match-tag TYPE /dev/vdb")).trim(), "iso9660");
  const { code } = await machine.run("cloud-init status --wait >/dev/null");
  assert.is(code, 0);
});

test("the machine is turned off", () => subject.dispose());

test.run();
