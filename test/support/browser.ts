import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { packageRoot } from "../../src/load/read-release.ts";

/** The name of the browser's program, for `needs`. */
export const browserProgram = "chromium";

/** A browser with the page of `dist/`, from the disk. */
export type OpenPage = {
  readonly page: Page;
  /** Addresses that the page asked for, except its own and its worker's. */
  readonly requests: readonly string[];
  /** Errors and what the policy refused. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
};

/** Opens the page, or another file, in Debian's Chromium, and waits until the first text is compiled. */
export async function openPage(
  options: BrowserContextOptions = {},
  file = join(packageRoot(), "dist/sensorbake.html"),
): Promise<OpenPage> {
  const profile = mkdtempSync(join(tmpdir(), "sensorbake-browser-"));
  // Its own sandbox refuses root, as whom CI runs.
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: `/usr/bin/${browserProgram}`,
    args: ["--no-sandbox", "--disable-background-networking"],
    offline: true,
    ...options,
  });
  const [page = await context.newPage()] = context.pages();
  const requests: string[] = [];
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on("request", (request) => {
    if (request.url() !== own && !request.url().startsWith("blob:")) requests.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  await page.goto(own);
  await compiled(page);
  return {
    page,
    requests,
    complaints,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Waits until the page shows the files of what is in its editor, or why there are none. */
export async function compiled(page: Page): Promise<void> {
  await page.locator("#folder[aria-busy=false]").waitFor({ state: "attached", timeout: 30_000 });
}

/** Opens a settings file in the page, and waits until the page shows the result. */
export async function openSettings(page: Page, text: string): Promise<void> {
  const file = { name: "sensors.yaml", mimeType: "text/yaml", buffer: Buffer.from(text) };
  await recompiled(page, () => page.locator("#open").setInputFiles(file));
}

/** Changes the page's input, and waits until the page shows the result. */
export async function recompiled(page: Page, change: () => Promise<unknown>): Promise<void> {
  // The page does the same as soon as it notices the change, which may be later.
  await page.evaluate("document.getElementById('folder').ariaBusy = 'true'");
  await change();
  await compiled(page);
}
