import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { makePiImage } from "../test/support/pi-image.ts";
import type { Measure } from "./run.ts";

const students = 40;

/**
 * An instructor's hour: 40 rows of a CSV file become checked settings, seeds, card images, labels and a page, each
 * compared with the same command for one sensor.
 */
export const measure: Measure = async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-bench-class-"));
  try {
    return hour(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

function hour(folder: string): readonly string[] {
  const base = join(folder, "base.img");
  makePiImage(base, { kind: "raspios-13", bootSize: 256, rootSize: 60 });
  for (const [target, os] of [
    ["pi", "raspios-13"],
    ["nocloud", "debian-13"],
  ] as const) {
    writeFileSync(join(folder, `${target}.yaml`), settings(target, os));
    writeFileSync(join(folder, `${target}.csv`), rows());
  }
  const file = (name: string) => join(folder, name);
  const images = ["image", base, "--settings", file("pi.yaml")];
  const seeds = ["image", "--seed", file("nocloud.yaml")];
  mkdirSync(file("cards"));
  mkdirSync(file("seeds"));
  const lines = [
    compared("check", ["check", file("pi.yaml")], ["check", file("pi.yaml"), "--sensor", "pi-07"]),
    compared(
      "seeds",
      [...seeds, "--all", "-o", file("seeds")],
      [...seeds, "--sensor", "pi-07", "-o", file("one.img")],
    ),
    compared(
      "images",
      [...images, "--all", "-o", file("cards")],
      [...images, "--sensor", "pi-07", "-o", file("card.img")],
    ),
    compared(
      "labels",
      ["labels", file("pi.yaml"), "-o", file("labels.html")],
      ["labels", file("pi.yaml"), "--sensor", "pi-07", "-o", file("label.html")],
    ),
    compared(
      "page",
      ["explain", file("pi.yaml"), "--html", file("class.html")],
      ["explain", file("pi.yaml"), "--sensor", "pi-07", "--html", file("one.html")],
    ),
  ];
  const made = (name: string) => readdirSync(file(name)).filter((each) => each.endsWith(".img")).length;
  return [`${students} rows became ${made("seeds")} seeds and ${made("cards")} images`, ...lines];
}

function compared(name: string, all: readonly string[], one: readonly string[]): string {
  const [whole, single] = [seconds(all), seconds(one)];
  return `${name} of ${students} sensors: ${whole.toFixed(1)} s, ${(whole / single).toFixed(1)} times as long as of one`;
}

function seconds(words: readonly string[]): number {
  const start = process.hrtime.bigint();
  const ended = spawnSync(process.execPath, [join(packageRoot(), "dist/sensorbake.js"), ...words], {
    encoding: "utf8",
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function settings(target: string, os: string): string {
  return `version: 1
defaults:
  target: ${target}
  os: ${os}
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy example]
    allow_from: [198.51.100.0/24]
  address: "{sensor}.lab.example.org"
sensors_from: ${target}.csv
`;
}

function rows(): string {
  const lines = Array.from({ length: students }, (_, index) => {
    const name = `pi-${String(index + 1).padStart(2, "0")}`;
    return `${name},"Student, ${index + 1}",${index % 2 === 0 ? "Etc/UTC" : "Europe/Berlin"}\n`;
  });
  return `name,#student,timezone\n${lines.join("")}`;
}
