import { analysers } from "../../plan/analysers.ts";
import type { Plan } from "../../plan/plan.ts";
import { repositories, repositoryWords } from "../../plan/repositories.ts";
import type { Sent } from "../stand-ins/stand-in.ts";
import { ask, type Finding, type Guest } from "./ask.ts";
import { excludedFilters } from "./excluded-filters.ts";
import { loginMethods } from "./login-methods.ts";
import { observeStatus } from "./observe-status.ts";
import type { PromiseId } from "./promise.ts";
import type { TrialScope } from "./scope.ts";
import { strangerAddress } from "./stranger-address.ts";

/** What observations read. */
export type Scene = {
  readonly plan: Plan;
  readonly scope: TrialScope;
  readonly guest: Guest;
  /** What the stand-ins have received. */
  readonly sent: () => readonly Sent[];
};

export type Observer = (scene: Scene) => Promise<Finding>;

/** How each promise is observed. */
export const observers: Readonly<Record<PromiseId, Observer>> = {
  "first-boot": ({ guest }) => ask(guest, "first-boot"),
  "admin-login": ({ guest, plan: { admin } }) =>
    ask(guest, "admin-login", { user: admin.user, port: String(admin.sshPort) }),
  "login-methods": ({ guest, plan: { admin } }) => loginMethods(guest.port(admin.sshPort), admin.user),
  "root-login": ({ guest, plan }) => ask(guest, "root-login", { user: plan.admin.user }),
  "old-ssh-port": ({ guest }) => ask(guest, "old-ssh-port"),
  "admin-networks": (scene) => stranger(scene, scene.plan.admin.sshPort, scene.plan.admin.allowFrom),
  identity: ({ guest, plan: { name, timezone } }) => ask(guest, "identity", { name, timezone }),
  timers: ({ guest, plan }) => ask(guest, "timers", { units: units(plan).join(" ") }),
  limits: ({ guest, plan: { capture, logs, backup, disk } }) =>
    ask(guest, "limits", {
      wanted: [
        `CAPTURE_KEEP_DAYS="${capture.keepDays}"`,
        `LOGS_KEEP_DAYS="${logs.keepDays}"`,
        `BACKUP_KEEP_DAYS="${backup.keepDays}"`,
        `DISK_MAX_USED_PERCENT="${disk.maxUsedPercent}"`,
      ].join(" "),
    }),
  timetable: ({ guest, plan: { backup, transfer } }) =>
    ask(guest, "timetable", {
      lines: [
        cronLine(backup.schedule, "backup.sh"),
        ...(transfer === undefined ? [] : [cronLine(transfer.schedule, "transfer.sh")]),
      ].join(";"),
    }),
  "daily-reboot": ({ guest, plan: { upkeep } }) =>
    ask(guest, "daily-reboot", { schedule: upkeep?.dailyReboot ?? "" }),
  egress: ({ guest }) => ask(guest, "egress"),
  honeypot: ({ guest, plan: { dshield } }) =>
    ask(guest, "honeypot", { ports: dshield?.answersTelnet ? "2222 2223 8000 8443" : "2222 8000 8443" }),
  firewall: ({ guest }) => ask(guest, "firewall"),
  "capture-runs": ({ guest, plan: { capture } }) =>
    ask(guest, "capture-runs", {
      // A colon stands for the space in an option.
      options: [
        `--snapshot-length=${capture.snapLength}`,
        `-G:${capture.rotateHours * 3600}`,
        `-C:${capture.rotateMegabytes}`,
      ].join(" "),
      interface: capture.interface,
    }),
  "capture-excludes": ({ guest, plan, scope }) =>
    ask(guest, "capture-excludes", { filters: excludedFilters(plan, scope).join(";") }),
  collection: ({ guest }) => ask(guest, "collection"),
  "tool-clones": ({ guest, plan: { tools } }) =>
    ask(guest, "clones", { repositories: repositoryWords(repositories({ dshield: undefined, tools })) }),
  "tool-timetable": ({ guest, plan }) =>
    ask(guest, "timetable", {
      lines: analysers(plan)
        .map(({ name, schedule }) => cronLine(schedule, `analyse.sh ${name}`))
        .join(";"),
    }),
  cowrieprocessor: ({ guest }) =>
    ask(guest, "report", {
      tool: "cowrieprocessor",
      log: "cowrie",
      counted: "sessions",
      files: "*_day_report.txt cowrieprocessor.sqlite",
    }),
  "tool-queries": () => Promise.resolve({ observed: false, evidence: "no service has answered" }),
  "json-log-country": ({ guest }) =>
    ask(guest, "report", {
      tool: "json_log_country",
      log: "webhoneypot",
      counted: "visits",
      files: "countryPieChart.png country_DataFrame.xlsx",
    }),
  // Sets of logs have no files on the first day.
  backup: ({ guest, plan: { backup } }) =>
    ask(guest, "backup", {
      sets: backup.sets.filter((set) => set === "crontabs" || set === "dumps").join(" "),
    }),
  "backup-encryption": ({ guest, plan: { backup } }) =>
    backup.format === "tar.zst"
      ? ask(guest, "backup-recipients", { recipients: String(backup.encryptTo.length) })
      : ask(guest, "backup-password", { format: backup.format }),
  transfer: async (scene) => arrived(await ask(scene.guest, "transfer"), scene),
  heartbeat: (scene) => notified(scene, "heartbeat"),
  webhook: (scene) => notified(scene, "webhook"),
  mail: (scene) => notified(scene, "message"),
  siem: async (scene) => {
    const running = await ask(scene.guest, "siem");
    if (!running.observed) return running;
    const count = scene.sent().filter(({ kind }) => kind === "SIEM").length;
    return count === 0
      ? { observed: false, evidence: "Filebeat is running, but has not connected" }
      : { observed: true, evidence: `${count} connections at the stand-in` };
  },
  metrics: ({ guest, plan }) => ask(guest, "metrics", { port: String(plan.metrics?.port) }),
  "metrics-networks": (scene) =>
    stranger(scene, scene.plan.metrics?.port ?? 0, scene.plan.metrics?.allowFrom ?? []),
  status: observeStatus,
};

function cronLine(schedule: string, script: string): string {
  return `${schedule} root /opt/honeypot/scripts/${script}`;
}

/** With DShield, its firewall drops everything but the honeypot's ports. */
function stranger(
  { guest, plan, scope }: Scene,
  port: number,
  networks: readonly string[] | "anywhere",
): Promise<Finding> {
  const hasDshield = plan.dshield !== undefined && scope.absent.dshield === undefined;
  const address = strangerAddress(networks === "anywhere" ? [] : networks);
  if (address === undefined) throw new Error("this is not a promise");
  return ask(guest, "stranger", { address, closed: String(port), control: hasDshield ? "2222" : "own" });
}

function units({ dshield, rescue, metrics, notify, security }: Plan): readonly string[] {
  return [
    "honeypot-collect.timer",
    "honeypot-links.timer",
    "honeypot-retention.timer",
    ...(rescue === undefined ? [] : ["honeypot-rescue.timer"]),
    ...(notify === undefined && metrics === undefined ? [] : ["honeypot-health.timer"]),
    ...(security.egress === "open" ? [] : ["honeypot-egress.timer"]),
    ...(dshield?.updates === "weekly" ? ["honeypot-update.timer"] : []),
  ];
}

/** An archive has arrived if its checksum has, which is sent last. */
function arrived(said: Finding, { sent }: Scene): Finding {
  if (!said.observed) return said;
  const names = new Set(
    sent().flatMap(({ kind, what, name }) => (kind === "backup server" && what === "file" ? [name] : [])),
  );
  const archives = [...names].filter((name) => !name.endsWith(".sha256"));
  const bare = archives.filter((name) => !names.has(`${name}.sha256`));
  if (archives.length === 0) return { observed: false, evidence: "no archive has arrived at the stand-in" };
  return bare.length > 0
    ? { observed: false, evidence: `${bare.length} archives have arrived without their checksum` }
    : { observed: true, evidence: `${archives.length} archives at the stand-in, with checksums` };
}

/** One run of the sensor's test uses every channel. */
async function notified({ guest, sent }: Scene, what: string): Promise<Finding> {
  const received = () => sent().filter((one) => one.what === what);
  const said = received().length > 0 ? undefined : await ask(guest, "notify");
  const [first] = received();
  if (first !== undefined)
    return {
      observed: true,
      evidence: `${received().length} at the stand-in, the first of ${first.bytes} bytes`,
    };
  return { observed: false, evidence: said?.evidence ?? "" };
}
