import type { Finding, Rule } from "../rule.ts";

/** A wireless network has a name, a country, and a passphrase unless it is open; only a Pi joins one. */
export const wifi: Rule = ({ plan, settings, writerOf }) => {
  const wifi = settings.network?.wifi;
  if (wifi === undefined) return plan.target === "pi" ? wirelessAddress(settings.network?.interface) : [];
  const at = (key: string) => ["network", "wifi", key];
  if (plan.target !== "pi") {
    if (writerOf(["network", "wifi"]) !== "sensor") return [];
    return [
      {
        code: "target/other-section",
        at: ["network", "wifi"],
        message: `wifi has no effect on target ${plan.target}`,
        hint: "write target: pi, or leave it out",
      },
    ];
  }
  const findings: Finding[] = [];
  if (/^wl/.test(settings.network?.interface ?? "") && settings.network?.interface !== "wlan0")
    findings.push({
      code: "settings/invalid-value",
      at: ["network", "interface"],
      message: "the wireless device of a Pi is wlan0",
    });
  const missing = (key: string, message: string) => {
    findings.push({ code: "settings/missing-key", at: at(key), message });
  };
  if (wifi.ssid === undefined) missing("ssid", "ssid is missing; it is the network's name");
  if (wifi.country === undefined)
    missing("country", "country is missing; without its radio rules a Pi keeps its radio off");
  if (wifi.security !== "open" && wifi.psk === undefined)
    missing("psk", "psk is missing; only a network with security: open has no passphrase");
  if (wifi.security === "open" && wifi.psk !== undefined && isMeantForOpen(writerOf))
    findings.push({
      code: "network/passphrase-unused",
      at: at("psk"),
      message: "an open network takes no passphrase; psk has no effect",
      hint: "leave out psk, or security: open",
    });
  return findings;
};

// Addresses for a device that has no network to join.
function wirelessAddress(device = ""): readonly Finding[] {
  if (!device.startsWith("wl")) return [];
  const message = `wifi is missing; ${device} is a wireless device`;
  return [{ code: "settings/missing-key", at: ["network", "wifi"], message }];
}

// Not when `defaults` has the passphrase and one sensor's network is open.
function isMeantForOpen(writerOf: (path: readonly string[]) => string): boolean {
  const writer = (key: string) => writerOf(["network", "wifi", key]);
  return writer("psk") === writer("security") || writer("psk") === "sensor";
}
