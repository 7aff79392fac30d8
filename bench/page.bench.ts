import { openPage, recompiled } from "../test/support/browser.ts";
import { manySensors } from "./many-sensors.ts";

// The page in a browser: milliseconds on this machine, because its promises are about time that people notice.

const keys = 20;

const settings = `${manySensors(100)}# `;

/** The time from opening the page to its first answer, and from a key to its sign on the screen and to the answer. */
export async function measure(): Promise<readonly string[]> {
  const { page, close } = await openPage();
  try {
    // The list of sensors is renewed by each answer.
    await page.context().addInitScript(`addEventListener("DOMContentLoaded", () => {
      window.answers = []; window.signs = []; window.pressed = undefined;
      addEventListener("keydown", () => {
        const at = window.pressed = performance.now();
        requestAnimationFrame(() => setTimeout(() => signs.push(performance.now() - at)));
      }, true);
      new MutationObserver(() => answers.push(performance.now() - (window.pressed ?? 0)))
        .observe(document.getElementById("sensor"), { childList: true });
    })`);
    const first: number[] = [];
    for (let round = 0; round < 5; round++) {
      await page.reload();
      await page.locator("#folder[aria-busy=false]").waitFor({ state: "attached" });
      first.push(await page.evaluate<number>("answers[0]"));
    }
    const file = { name: "sensors.yaml", mimeType: "text/yaml", buffer: Buffer.from(settings) };
    await recompiled(page, () => page.locator("#open").setInputFiles(file));
    await page.getByLabel("Settings of the sensors, as YAML").click();
    await page.keyboard.press("Control+End");
    const answers: number[] = [];
    const signs: number[] = [];
    for (let key = 0; key < keys; key++) {
      await page.evaluate("answers.length = 0; signs.length = 0");
      await recompiled(page, () => page.keyboard.press("a"));
      answers.push(await page.evaluate<number>("answers[0]"));
      signs.push(await page.evaluate<number>("signs[0]"));
    }
    return [
      `first answer: ${inWords(first)} after the page was opened`,
      `100 sensors, ${keys} keys: ${inWords(signs)} to the sign on the screen, ${inWords(answers)} to the problems`,
    ];
  } finally {
    await close();
  }
}

function inWords(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  return `${sorted[Math.floor(sorted.length / 2)]} ms (at most ${sorted.at(-1)} ms)`;
}
