import type { Plan } from "../../plan/plan.ts";
import type { OsName } from "../../values/os-names.ts";
import type { Server } from "./gateway.ts";

const debian = ["deb.debian.org", "security.debian.org"];
const ubuntu = ["archive.ubuntu.com", "security.ubuntu.com", "ports.ubuntu.com"];

const ofSystem: Readonly<Record<OsName, readonly string[]>> = {
  "debian-12": debian,
  "debian-13": debian,
  "ubuntu-24.04": ubuntu,
  "ubuntu-26.04": ubuntu,
  // A trial boots the Debian of the same release.
  "raspios-12": debian,
  "raspios-13": debian,
};

/** The servers that the machine of a trial really reaches. `urls`: the sources of a base that this machine has made. */
export function mirrorsOf(
  { os, siem }: Pick<Plan, "os" | "siem">,
  urls: readonly string[],
): readonly Server[] {
  const named = ofSystem[os].flatMap((name) => [80, 443].map((port) => ({ name, port })));
  const own = urls.map((url) => {
    const { hostname, port, protocol } = new URL(url);
    return { name: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) };
  });
  // Filebeat's packages.
  const elastic = siem === undefined ? [] : [{ name: "artifacts.elastic.co", port: 443 }];
  return [...named, ...own, ...elastic];
}
