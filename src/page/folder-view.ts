import type { Artifact } from "../artifacts/artifact.ts";
import { bytesOf } from "../artifacts/artifact.ts";
import { makeSeed } from "../image/seed.ts";
import { button, element } from "./dom.ts";
import type { Folder } from "./protocol.ts";
import { save, zipOf } from "./save.ts";

/** Shows a sensor's files with buttons to save and copy them, and the steps of its README.txt. */
export function showFolder(
  place: HTMLElement,
  state: HTMLElement,
  { sensor, missing, files, handed, bootFiles, hasVolume }: Folder,
) {
  if (files.length === 0) {
    state.textContent =
      missing.length > 0
        ? `Enter the secrets to compile ${sensor}: ${missing.join(", ")}.`
        : "The user-data is too large; see Problems.";
    place.replaceChildren();
    return;
  }
  state.textContent = `${sensor}: ${files.length} files.`;
  const all = button("Download all as a zip", () => save(`${sensor}.zip`, zipOf(`${sensor}/`, files)));
  all.className = "main";
  const main = files.find(({ path }) => path === handed);
  const copy = main !== undefined && typeof main.content === "string" ? [copyButton(main, main.content)] : [];
  const boot = files.filter(({ path }) => bootFiles.includes(path));
  const card = () => save(`${sensor}-boot.zip`, zipOf("", boot));
  const cards = boot.length === 0 ? [] : [button("Download the boot files as a zip", card)];
  const seed = () => save(`${sensor}-seed.img`, makeSeed(files));
  const volumes = hasVolume ? [button("Download the seed volume", seed)] : [];
  const readme = files.find(({ path }) => path === "README.txt")?.content;
  place.replaceChildren(
    element("p", { className: "tools" }, all, ...copy, ...cards, ...volumes),
    element("h3", {}, "Steps"),
    element("pre", { tabIndex: 0 }, typeof readme === "string" ? readme : ""),
    element("h3", {}, "Each file"),
    table(files),
  );
}

function copyButton({ path }: Artifact, text: string): HTMLButtonElement {
  const made = button(`Copy ${path}`, async () => {
    await navigator.clipboard.writeText(text);
    made.textContent = `Copied ${path}`;
  });
  return made;
}

function table(files: readonly Artifact[]): HTMLTableElement {
  const rows = files.map((file) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, file.path),
      element("td", {}, `${bytesOf(file).byteLength} bytes`),
      element("td", {}, saveButton(file)),
    ),
  );
  return element("table", { className: "files" }, element("tbody", {}, ...rows));
}

function saveButton(file: Artifact): HTMLButtonElement {
  const name = file.path.split("/").at(-1) ?? file.path;
  const made = button("Download", () => save(name, new Uint8Array(bytesOf(file))));
  made.setAttribute("aria-label", `Download ${file.path}`);
  return made;
}
