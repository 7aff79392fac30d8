import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { browserProgram, type OpenPage, openPage } from "../support/browser.ts";
import { needs } from "../support/needs.ts";

const test = suite("page/policy");
const file = join(packageRoot(), "dist/sensorbake.html");
const text = readFileSync(file, "utf8");
const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? "";
const folder = mkdtempSync(join(tmpdir(), "sensorbake-policy-"));
test.after(() => rmSync(folder, { recursive: true }));

test("the page has less than a megabyte", () => assert.ok(Buffer.byteLength(text) < 1_000_000));

test("the page is ASCII, which browsers read faster", () => assert.not.match(text, /[^\0-\x7f]/));

test("the policy allows only the page's own script and style, and no connection", () => {
  const [script] = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code = ""]) => hashOf(code));
  const style = hashOf(/<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "");
  assert.equal(policy.split("; "), [
    "default-src 'none'",
    `script-src ${script}`,
    "worker-src blob:",
    "connect-src 'none'",
    `style-src ${style}`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types sensorbake",
  ]);
});

// The positive control of the tests that see no request: with a server that answers.
needs(browserProgram)(test, "a planted script, image, style or request does not work", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const planted = `<script>document.title = "planted"; fetch("${origin}/inline")</script><script src="${origin}/script"></script>
<img src="${origin}/image" onerror="document.title = 'planted'"><link rel="stylesheet" href="${origin}/style"><iframe src="${origin}/frame"></iframe>`;
  const changed = join(folder, "page.html");
  writeFileSync(
    changed,
    text.replace("<header>", () => `${planted}<header>`),
  );
  let open: OpenPage | undefined;
  try {
    open = await openPage({ offline: false }, changed);
    const { page } = open;
    const [worker] = page.workers();
    assert.ok(worker, "the compiler runs in a worker");
    const request = `fetch("${origin}/fetch").then(() => "answered", String)`;
    for (const result of [await page.evaluate<string>(request), await worker.evaluate<string>(request)])
      assert.match(result, "Failed to fetch");
    assert.is(await page.title(), "sensorbake: compile a honeypot sensor in the browser");
    assert.equal(asked, []);
    assert.ok(open.complaints.length >= 5, open.complaints.join("\n"));
    // Without the policy, the same page asks the server.
    writeFileSync(
      changed,
      text.replace(policy, "").replace("<header>", () => `${planted}<header>`),
    );
    await page.reload();
    await page.waitForLoadState();
    assert.ok(asked.includes("/image"), asked.join(" "));
  } finally {
    await open?.close();
    server.close();
    server.closeAllConnections();
  }
});

needs(browserProgram)(test, "the page says that the compiler cannot start", async () => {
  const changed = join(folder, "without-worker.html");
  writeFileSync(changed, text.replace("worker-src blob:", "worker-src 'none'"));
  const open = await openPage({}, changed);
  try {
    const said = await open.page.locator("#folder-state").textContent();
    assert.match(said ?? "", "The compiler cannot run in this browser. Use a current version of");
  } finally {
    await open.close();
  }
});

function hashOf(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}

test.run();
