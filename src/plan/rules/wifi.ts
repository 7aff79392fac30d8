import type { Finding, Rule } from "../rule.ts";

/** Wi-Fi needs a name, a country, and a passphrase unless the network is open; it works only on a Pi. */
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
        hint: "write target: pi, or remove it",
      },
    ];
  }
  const findings: Finding[] = [];
  if (/^wl/.test(settings.network?.interface ?? "") && settings.network?.interface !== "wlan0")
    findings.push({
      code: "settings/invalid-value",
      at: ["network", "interface"],
      message: "a Pi's Wi-Fi device is wlan0",
    });
  const missing = (key: string, message: string) => {
    findings.push({ code: "settings/missing-key", at: at(key), message });
  };
  if (wifi.ssid === undefined) missing("ssid", "ssid is missing; it is the network's name");
  if (wifi.country === undefined) missing("country", "country is missing; a Pi needs it to enable Wi-Fi");
  if (wifi.security !== "open" && wifi.psk === undefined)
    missing("psk", "psk is missing; only a network with security: open has no passphrase");
  if (wifi.security === "open" && wifi.psk !== undefined && isMeantForOpen(writerOf))
    findings.push({
      code: "network/passphrase-unused",
      at: at("psk"),
      message: "an open network has no passphrase, so psk has no effect",
      hint: "remove psk, or security: open",
    });
  return findings;
};

// Addresses for a Wi-Fi device without a network.
function wirelessAddress(device = ""): readonly Finding[] {
  if (!device.startsWith("wl")) return [];
  const message = `wifi is missing; ${device} is a Wi-Fi device`;
  return [{ code: "settings/missing-key", at: ["network", "wifi"], message }];
}

// Not if `defaults` has the passphrase and one sensor's network is open.
function isMeantForOpen(writerOf: (path: readonly string[]) => string): boolean {
  const writer = (key: string) => writerOf(["network", "wifi", key]);
  return writer("psk") === writer("security") || writer("psk") === "sensor";
}
