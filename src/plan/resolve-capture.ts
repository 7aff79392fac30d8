import type { MergedSensor } from "../settings/merge.ts";
import { distinct, networks } from "./distinct.ts";

/** The packets that tcpdump records. */
export type CapturePlan = {
  /** `auto`: the device of the default route with the lowest metric, found at each start. */
  readonly interface: string;
  readonly excludePorts: readonly number[];
  readonly excludeHosts: readonly string[];
  /** A pcap-filter expression of the user, or an empty string. */
  readonly filter: string;
  /** Maximum bytes to keep of each packet. */
  readonly snapLength: number;
  readonly rotateHours: number;
  /** Millions of bytes, as tcpdump counts them. */
  readonly rotateMegabytes: number;
  readonly keepDays: number;
};

/** Resolves the capture. */
export function resolveCapture(capture: MergedSensor["capture"]): CapturePlan {
  return {
    interface: capture.interface,
    excludePorts: distinct(capture.exclude_ports),
    excludeHosts: networks(capture.exclude_hosts).map((network) =>
      network.replace(/^([\d.]+)\/32$|^(.*)\/128$/, "$1$2"),
    ),
    filter: capture.filter?.trim() ?? "",
    snapLength: capture.snap_length,
    rotateHours: capture.rotate.hours,
    rotateMegabytes: capture.rotate.megabytes,
    keepDays: capture.keep_days,
  };
}
