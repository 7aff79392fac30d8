import { complainOfNetwork } from "../../values/addresses.ts";
import { complainOfCaptureFilter } from "../../values/capture-filter.ts";
import { complainOfDevice } from "../../values/names.ts";
import { group, list, text, wholeNumber } from "../leaf.ts";

/** What tcpdump records, and how long it is kept. */
export function captureGrammar() {
  return group("What is captured from the network, in which pieces, and how long it is kept.", {
    interface: text(
      {
        takes: "auto, or the name of a network device",
        description: "The device to capture on; `auto` is that of the default route, found at each start.",
        examples: ["auto", "eth0"],
      },
      complainOfDevice,
    ),
    exclude_ports: list(
      {
        description:
          "Ports whose packets are not captured. The admin port and the sensor's own uploads never are.",
      },
      wholeNumber({ description: "A TCP or UDP port." }, 1, 65_535),
    ),
    exclude_hosts: list(
      {
        description: "Addresses and networks whose packets are not captured.",
        examples: [["192.0.2.7", "2001:db8::/32"]],
      },
      text({ takes: "an IP address or a network", description: "An address or a network." }, (value) =>
        complainOfNetwork(value, "a capture without any address records nothing"),
      ),
    ),
    filter: text(
      {
        takes: "a pcap-filter expression",
        description:
          "What to capture besides those exclusions, in the language of pcap-filter(7); everything when absent.",
        examples: ["not icmp"],
      },
      complainOfCaptureFilter,
    ),
    snap_length: wholeNumber({ description: "Bytes of each packet that are kept." }, 64, 262_144),
    rotate: group("When a new capture file begins: whichever comes first.", {
      hours: wholeNumber({ description: "Hours after which a new capture file begins." }, 1, 168),
      megabytes: wholeNumber(
        { description: "Megabytes (10^6 bytes) after which a new capture file begins." },
        1,
        100_000,
      ),
    }),
    keep_days: wholeNumber({ description: "Days that captures are kept, if the disk allows." }, 1, 3650),
  });
}
