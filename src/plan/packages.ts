import { analysers } from "./analysers.ts";
import type { Plan } from "./plan.ts";
import { repositories } from "./repositories.ts";
import type { DshieldPlan } from "./resolve-dshield.ts";

/** Debian package names that the sensor's scripts need, sorted; the same in Debian, Ubuntu and Raspberry Pi OS. */
export function packages(
  plan: Pick<Plan, "backup" | "dshield" | "metrics" | "notify" | "siem" | "tools" | "transfer">,
): readonly string[] {
  const always = [
    "apparmor",
    "cron",
    "iproute2",
    "logrotate",
    "nftables",
    "openssh-server",
    "python3",
    "sudo",
    "tcpdump",
  ];
  const archiver = plan.backup.format === "tar.zst" ? ["age", "zstd"] : ["7zip"];
  const sender = plan.transfer === undefined ? [] : ["openssh-client"];
  const cloner = repositories(plan).length === 0 ? [] : ["ca-certificates", "git"];
  const installer = plan.dshield === undefined ? [] : dshieldPackages(plan.dshield);
  const analysis = analysers(plan).flatMap((tool) => tool.packages);
  const shipper = plan.siem === undefined ? [] : ["ca-certificates", "curl", "gpgv"];
  const notifier = plan.notify === undefined ? [] : ["ca-certificates"];
  const exporter = plan.metrics === undefined ? [] : ["prometheus-node-exporter"];
  return [
    ...new Set([
      ...exporter,
      ...notifier,
      ...shipper,
      ...always,
      ...archiver,
      ...sender,
      ...cloner,
      ...installer,
      ...analysis,
    ]),
  ].sort();
}

// Packages that DShield's installer expects; it installs the rest itself (`install.sh:750`).
function dshieldPackages({ hasVelociraptor }: DshieldPlan): readonly string[] {
  const always = ["curl", "gettext-base", "iptables", "jq", "openssl", "rsyslog"];
  return hasVelociraptor ? [...always, "wget"] : always;
}
