import type { MergedSensor } from "../settings/merge.ts";
import { withName } from "../settings/sensor-names.ts";
import type { TargetName } from "../values/target-names.ts";
import { once } from "./once.ts";
import type { Plan } from "./plan.ts";
import { type KeyFiles, resolveAdmin, resolveRescue } from "./resolve-admin.ts";
import { resolveBackup } from "./resolve-backup.ts";
import { resolveCapture } from "./resolve-capture.ts";
import { resolveDisk } from "./resolve-disk.ts";
import { resolveDshield, resolveUpkeep } from "./resolve-dshield.ts";
import { resolveEc2 } from "./resolve-ec2.ts";
import { resolveMachine } from "./resolve-machine.ts";
import { resolveMetrics } from "./resolve-metrics.ts";
import { resolveNetwork, resolveWifi } from "./resolve-network.ts";
import { resolveNotify } from "./resolve-notify.ts";
import { resolvePiBoot } from "./resolve-pi-boot.ts";
import { resolveSiem } from "./resolve-siem.ts";
import { resolveTools } from "./resolve-tools.ts";
import { resolveTransfer, type TransferSettings } from "./resolve-transfer.ts";
import { usualEgress } from "./usual-egress.ts";

/**
 * Turns merged settings into plans. Shared sections are resolved once and shared by the plans, so that ten thousand
 * plans need little more memory than their names.
 */
export function resolver(
  keyFiles: KeyFiles,
): (settings: MergedSensor & { readonly target: TargetName }) => Plan {
  const admin = once((section: MergedSensor["admin"]) => resolveAdmin(section, keyFiles));
  const dshield = once(resolveDshield);
  const upkeep = once(resolveUpkeep);
  const capture = once(resolveCapture);
  const logs = once((section: MergedSensor["logs"]) => ({ keepDays: section.keep_days }));
  const backup = once(resolveBackup);
  const transfer = once((section: TransferSettings) => (name: string) => resolveTransfer(section, name));
  const tools = once(resolveTools);
  const siem = once(resolveSiem);
  const notify = once(resolveNotify);
  const metrics = once(resolveMetrics);
  const disk = once(resolveDisk);
  const network = once(resolveNetwork);
  const wifi = once(resolveWifi);
  return (settings) => ({
    name: settings.name,
    target: settings.target,
    os: settings.os,
    timezone: settings.timezone,
    address: settings.address && withName(settings.address, settings.name),
    delivery: settings.delivery ?? "auto",
    programsUrl: settings.programs_url,
    admin: admin(settings.admin),
    rescue: resolveRescue(settings.admin, upkeep(settings.dshield) !== undefined),
    dshield: settings.dshield.install ? dshield(settings.dshield) : undefined,
    upkeep: upkeep(settings.dshield),
    capture: capture(settings.capture),
    logs: logs(settings.logs),
    backup: backup(settings.backup),
    transfer: settings.transfer && transfer(settings.transfer)(settings.name),
    tools: tools(settings.tools),
    siem: settings.siem && siem(settings.siem),
    notify: settings.notify && notify(settings.notify),
    metrics: settings.metrics && metrics(settings.metrics),
    disk: disk(settings.disk),
    security: { egress: settings.security.egress ?? usualEgress(settings.target) },
    network: settings.network && network(settings.network),
    wifi: settings.target === "pi" && settings.network?.wifi ? wifi(settings.network.wifi) : undefined,
    piBoot: settings.target === "pi" ? resolvePiBoot(settings.pi.boot, settings.os) : undefined,
    ec2: settings.target === "ec2" ? resolveEc2(settings.ec2, settings.disk.size_gigabytes) : undefined,
    machine: resolveMachine(settings.machine, settings.target),
  });
}
