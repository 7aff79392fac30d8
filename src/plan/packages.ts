import type { Plan } from "./plan.ts";

/** Debian package names that the sensor's scripts need, sorted; the same in Debian, Ubuntu and Raspberry Pi OS. */
export function packages(plan: Pick<Plan, "backup" | "transfer">): readonly string[] {
  const always = [
    "apparmor",
    "cron",
    "iproute2",
    "logrotate",
    "nftables",
    "openssh-server",
    "sudo",
    "tcpdump",
  ];
  const archiver = plan.backup.format === "tar.zst" ? ["age", "zstd"] : ["7zip"];
  const sender = plan.transfer === undefined ? [] : ["openssh-client"];
  return [...always, ...archiver, ...sender].sort();
}
