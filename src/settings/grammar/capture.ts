import { complainOfNetwork } from "../../values/addresses.ts";
import { complainOfCaptureFilter } from "../../values/capture-filter.ts";
import { complainOfDevice } from "../../values/names.ts";
import { group, list, text, wholeNumber } from "../leaf.ts";

/** The packets that tcpdump records, and how long they are kept. */
export function captureGrammar() {
  return group("Packet capture: filter, files and retention.", {
    interface: text(
      {
        takes: "auto, or the name of a network device",
        description:
          "Network device to capture on. `auto`: the device that has the default route when the capture starts.",
        examples: ["auto", "eth0"],
      },
      complainOfDevice,
    ),
    exclude_ports: list(
      {
        description: "Ports to exclude. The admin port and the sensor's own uploads are always excluded.",
      },
      wholeNumber({ description: "A TCP or UDP port." }, 1, 65_535),
    ),
    exclude_hosts: list(
      {
        description: "Addresses and networks to exclude.",
        examples: [["192.0.2.7", "2001:db8::/32"]],
      },
      text({ takes: "an IP address or a network", description: "An address or a network." }, (value) =>
        complainOfNetwork(value, "excluding every address would leave nothing to capture"),
      ),
    ),
    filter: text(
      {
        takes: "a pcap-filter expression",
        description:
          "Filter in the syntax of pcap-filter(7), in addition to the exclusions. By default everything is captured.",
        examples: ["not icmp"],
      },
      complainOfCaptureFilter,
    ),
    snap_length: wholeNumber({ description: "Maximum bytes to keep of each packet." }, 64, 262_144),
    rotate: group("A new capture file begins at the first of these limits.", {
      hours: wholeNumber({ description: "Hours after which a new capture file begins." }, 1, 168),
      megabytes: wholeNumber(
        { description: "Megabytes (10^6 bytes) after which a new capture file begins." },
        1,
        100_000,
      ),
    }),
    keep_days: wholeNumber({ description: "Days to keep captures, if the disk has space." }, 1, 3650),
  });
}
