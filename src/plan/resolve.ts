import type { MergedSensor } from "../settings/merge.ts";
import { canonicalAddress, canonicalNetwork } from "../values/addresses.ts";
import { canonicalSshPublicKey } from "../values/ssh-public-key.ts";
import type { TargetName } from "../values/target-names.ts";
import { once } from "./once.ts";
import type {
  DshieldPlan,
  NetworkPlan,
  Plan,
  RescuePlan,
  TransferPlan,
  UpkeepPlan,
  WifiPlan,
} from "./plan.ts";
import { resolveEc2 } from "./resolve-ec2.ts";
import { resolvePiBoot } from "./resolve-pi-boot.ts";
import { resolveSiem } from "./resolve-siem.ts";
import { resolveTools } from "./resolve-tools.ts";
import { toSecret } from "./secret.ts";

/** The key lines of each file in `ssh_keys`, by the file name as written. */
export type KeyFiles = ReadonlyMap<string, readonly string[]>;

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
  const disk = once(resolveDisk);
  const network = once(resolveNetwork);
  const wifi = once(resolveWifi);
  return (settings) => ({
    name: settings.name,
    target: settings.target,
    os: settings.os,
    timezone: settings.timezone,
    address: settings.address,
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
    disk: disk(settings.disk),
    // A Pi is in a home or office network, which the honeypot must not reach.
    security: { egress: settings.security.egress ?? (settings.target === "pi" ? "restricted" : "open") },
    network: settings.network && network(settings.network),
    wifi: settings.target === "pi" && settings.network?.wifi ? wifi(settings.network.wifi) : undefined,
    piBoot: settings.target === "pi" ? resolvePiBoot(settings.pi.boot, settings.os) : undefined,
    ec2: settings.target === "ec2" ? resolveEc2(settings.ec2, settings.disk.size_gigabytes) : undefined,
  });
}

function resolveAdmin(admin: MergedSensor["admin"], keyFiles: KeyFiles): Plan["admin"] {
  const lines = admin.ssh_keys.flatMap((key) =>
    typeof key === "string" ? [key] : (keyFiles.get(key.file) ?? []),
  );
  return {
    user: admin.user,
    sshPort: admin.ssh_port,
    sshKeys: distinct(lines.map(canonicalSshPublicKey)),
    allowFrom: admin.allow_from === "anywhere" ? "anywhere" : networks(admin.allow_from),
  };
}

// On by default if DShield's firewall may lock an admin out.
function resolveRescue(admin: MergedSensor["admin"], isDefault: boolean): RescuePlan | undefined {
  const { rescue = isDefault ? {} : "off", allow_from } = admin;
  if (rescue === "off" || allow_from === "anywhere") return undefined;
  return { afterMinutes: rescue.after_minutes ?? 30, openMinutes: rescue.open_minutes ?? 60 };
}

// A rule reports missing parts (address, number, key).
function resolveDshield(dshield: MergedSensor["dshield"]): DshieldPlan {
  const { country, state, city, company, department } = dshield.certificate;
  return {
    email: dshield.email ?? "",
    userId: dshield.user_id ?? 0,
    apiKey: dshield.api_key === undefined ? undefined : toSecret(dshield.api_key),
    isKeyChecked: dshield.check_api_key,
    repository: dshield.repository.replace(/\/$/, ""),
    ref: dshield.ref,
    answersTelnet: dshield.telnet,
    updates: dshield.updates,
    hasVelociraptor: dshield.velociraptor,
    certificate: [country, state, city, company, department],
  };
}

function resolveUpkeep(dshield: MergedSensor["dshield"]): UpkeepPlan | undefined {
  if (!dshield.install && dshield.keep_configured !== true) return undefined;
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(dshield.daily_reboot) ?? [];
  return {
    dailyReboot: hour === undefined ? dshield.daily_reboot : `${Number(minute)} ${Number(hour)} * * *`,
  };
}

function resolveCapture(capture: MergedSensor["capture"]): Plan["capture"] {
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

function resolveBackup(backup: MergedSensor["backup"]): Plan["backup"] {
  const isEncrypted = backup.format === "tar.zst";
  return {
    schedule: backup.schedule,
    sets: distinct(backup.sets),
    format: backup.format,
    password: isEncrypted ? undefined : toSecret(backup.password),
    encryptTo: isEncrypted ? distinct(backup.encrypt_to) : [],
    keepDays: backup.keep_days,
  };
}

type TransferSettings = NonNullable<MergedSensor["transfer"]>;

// A rule reports missing parts (host, user, path, keys).
function resolveTransfer(transfer: TransferSettings, name: string): TransferPlan {
  const { host_key: keys = [] } = transfer;
  return {
    host: transfer.host ?? "",
    port: transfer.port ?? 22,
    user: (transfer.user ?? "").replaceAll("{sensor}", name),
    path: (transfer.path ?? "").replaceAll("{sensor}", name).replace(/(?<=.)\/$/, ""),
    hostKeys: distinct(
      (typeof keys === "string" ? [keys] : keys).map((key) =>
        canonicalSshPublicKey(key).split(" ").slice(0, 2).join(" "),
      ),
    ),
    privateKey:
      transfer.generate_key === true || transfer.private_key === undefined
        ? undefined
        : toSecret(transfer.private_key),
    schedule: transfer.schedule ?? defaultTransferSchedule,
    bandwidthLimit: transfer.bandwidth_limit ?? 0,
    keepDays: transfer.keep_days ?? 0,
  };
}

/** An hour after the default of `backup.schedule`. */
export const defaultTransferSchedule = "0 4 * * *";

function resolveDisk(disk: MergedSensor["disk"]): Plan["disk"] {
  return {
    maxUsedPercent: disk.max_used_percent,
    sizeGigabytes: disk.size_gigabytes,
    captureMegabytesPerDay: disk.capture_megabytes_per_day,
  };
}

function resolveNetwork(network: NonNullable<MergedSensor["network"]>): NetworkPlan | undefined {
  if (network.addresses === undefined || network.interface === undefined) return undefined;
  const addresses = (list: readonly string[] = []) =>
    distinct(list.map((address) => canonicalAddress(address) ?? address));
  return {
    interface: network.interface,
    addresses: networks(network.addresses),
    gateways: addresses(network.gateways),
    nameservers: addresses(network.nameservers),
  };
}

type WifiSettings = NonNullable<NonNullable<MergedSensor["network"]>["wifi"]>;

// A rule reports missing parts (name, passphrase, country).
function resolveWifi(wifi: WifiSettings): WifiPlan {
  const security = wifi.security ?? "wpa2";
  return {
    ssid: wifi.ssid ?? "",
    security,
    psk: security === "open" || wifi.psk === undefined ? undefined : toSecret(wifi.psk),
    country: wifi.country ?? "",
    isHidden: wifi.hidden ?? false,
  };
}

function networks(written: readonly string[]): readonly string[] {
  return distinct(written.map((network) => canonicalNetwork(network) ?? network));
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
