import { visible } from "../../diagnostics/visible.ts";
import { hostArchitecture, requireQemu } from "../../emulation/accelerator.ts";
import { requireSsh } from "../../emulation/secure-shell.ts";
import { loadSettings, type SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { openBase } from "../../trial/base.ts";
import { requireGit } from "../../trial/clone.ts";
import type { Attempt } from "../../trial/gateway/gateway.ts";
import type { KeptMachine } from "../../trial/keep-machine.ts";
import { reportJson } from "../../trial/report/render-json.ts";
import { pageMark, renderPage } from "../../trial/report/render-page.ts";
import { renderText } from "../../trial/report/render-text.ts";
import { isComplete } from "../../trial/report/trial-report.ts";
import { runTrial } from "../../trial/run-trial.ts";
import { requireOpenssl } from "../../trial/stand-ins/certificate.ts";
import { cacheFolder } from "../shared/base-image.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { openSettings } from "../shared/open-settings.ts";
import { processWorld } from "../shared/process-world.ts";
import { showProgress } from "../shared/progress.ts";
import { replaceFile } from "../shared/replace-file.ts";
import { someNames } from "../shared/some-names.ts";
import type { TryOptions } from "./options.ts";
import { showSteps } from "./steps.ts";

/** Runs the trial of one sensor and prints its report; returns the exit code. */
export async function tryOut(file: string, options: TryOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  checkOptions(options);
  if (options.html !== undefined) await checkMayReplacePage(options.html, pageMark, "try");
  const { plan, secrets } = await openSensor(file, options, context);
  const other = await openOther(plan, options, context);
  const needsRepositories = [plan, ...(other === undefined ? [] : [other.plan])].some(
    ({ dshield, tools }) =>
      (options.dshield && dshield !== undefined) || (options.tools && tools !== undefined),
  );
  if (!needsRepositories && options.clones !== undefined)
    throw new UsageError(`this trial of ${plan.name} needs no repositories`, "leave out --clones");
  const architecture = hostArchitecture();
  if (architecture === undefined) throw new UsageError(`a trial cannot run on ${process.arch}`);
  requireQemu(architecture);
  requireSsh();
  requireOpenssl();
  if (needsRepositories) requireGit();

  const { onStep, onDone } = showSteps(streams.status, streams.say);
  const download = showProgress(streams.status);
  let move: ReturnType<typeof download.stage> | undefined;
  const report = (bytes: number, total = bytes + 1): void => {
    move ??= download.stage("fetching the image", total);
    move(bytes, total);
  };
  const { image, sha256 } = options;
  const base = { architecture, image, sha256, cache: cacheFolder(), signal };
  return runTrial(
    {
      plan,
      release: await readRelease(),
      realSecrets: options.realSecrets ? secrets : undefined,
      openBase: (one) => openBase({ ...base, plan: one, report }).finally(download.end),
      without: (["dshield", "tools"] as const).filter((part) => !options[part]),
      clonesFolder: options.clones,
      other: other && { plan: other.plan, realSecrets: options.realSecrets ? other.secrets : undefined },
      reboots: options.reboot,
      onKept: options.keep
        ? (kept) => {
            for (const line of keptLines(kept)) streams.say(line);
          }
        : undefined,
      signal,
      onStep,
      onDone,
    },
    async (trial) => {
      onStep(undefined);
      const refused = trial.attempts.flatMap(({ name, port, result, count }) =>
        result === "refused" ? [{ name, port, count }] : [],
      );
      if (options.format === "json") streams.json({ ...reportJson(trial.report), refused });
      else {
        const width = streams.resultIsTerminal ? streams.widthOfResult : undefined;
        streams.result(renderText(trial.report, { width, color: streams.colorOfResult }));
        streams.result(refusedText(refused));
      }
      if (trial.dropped > 0)
        streams.say(`${trial.dropped} more files and messages for servers are not in the report`);
      if (options.html !== undefined)
        await replaceFile(options.html, renderPage(trial.report, new Date()), 0o600);
      return isComplete(trial.report) ? exitCodes.fine : exitCodes.settings;
    },
  );
}

function checkOptions({ image, sha256, sensor = [] }: TryOptions): void {
  if (sensor.length > 1) throw new UsageError("a trial has one sensor", "choose one with --sensor");
  if (sha256 === undefined) return;
  if (image === undefined) throw new UsageError("--sha256 is the checksum of --image");
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new UsageError("--sha256 must be 64 hexadecimal digits");
}

// The choice comes before the secrets are read.
async function openSensor(file: string, options: TryOptions, { streams }: Context): Promise<SensorPlan> {
  const { format, realSecrets } = options;
  let { sensor } = options;
  if (sensor === undefined) {
    const { sensors } = await loadSettings(file, processWorld(), { readSecrets: false });
    const names = sensors.map(({ plan }) => plan.name);
    if (names.length > 1)
      throw new UsageError(
        `${file} has ${names.length} sensors`,
        `choose one with --sensor (${someNames(names)})`,
      );
    if (names.length === 1) sensor = names;
  }
  const loaded = await openSettings(file, { sensor, format }, { readSecrets: realSecrets }, streams);
  const [one] = loaded.sensors;
  if (one === undefined) throw new UsageError(`${file} has no sensor`);
  return one;
}

// The trial logs in as the same user, on the same port, before and after the change.
async function openOther(
  { name, os, target, admin }: SensorPlan["plan"],
  { apply, format, realSecrets }: TryOptions,
  { streams }: Context,
): Promise<SensorPlan | undefined> {
  if (apply === undefined) return undefined;
  const { sensors } = await openSettings(
    apply,
    { sensor: [name], format },
    { readSecrets: realSecrets },
    streams,
  );
  const [one] = sensors;
  if (one === undefined) throw new UsageError(`${apply} has no sensor ${name}`);
  const differs = [
    ["os", os, one.plan.os],
    ["target", target, one.plan.target],
    ["admin.user", admin.user, one.plan.admin.user],
    ["admin.ssh_port", admin.sshPort, one.plan.admin.sshPort],
  ].find(([, before, after]) => before !== after);
  if (differs !== undefined)
    throw new UsageError(
      `a trial cannot change ${differs[0]} of ${name} from ${differs[1]} to ${differs[2]}`,
    );
  return one;
}

function refusedText(refused: readonly Omit<Attempt, "result">[]): string {
  if (refused.length === 0) return "";
  const lines = refused.map(({ name, port, count }) => `  ${visible(name)}:${port}  ${count} times\n`);
  return `\nWOULD HAVE CONNECTED TO\n${lines.join("")}`;
}

function keptLines({ pid, folder, user, port }: KeptMachine): readonly string[] {
  const options = `-i ${folder}/key -o UserKnownHostsFile=${folder}/known_hosts`;
  return [
    "the machine runs on, without stand-ins and without a way out",
    `log in:  ssh ${options} -p ${port} ${user}@127.0.0.1`,
    `end it:  kill ${pid} && rm -r ${folder}`,
  ];
}
