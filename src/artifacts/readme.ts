import { analysers } from "../plan/analysers.ts";
import { captureFilter } from "../plan/capture-filter.ts";
import type { DshieldPlan, Plan } from "../plan/plan.ts";
import { targets } from "../plan/targets.ts";
import { endpointText } from "../values/endpoint.ts";
import type { Delivery } from "./delivery.ts";
import type { Programs } from "./programs.ts";
import type { UserData } from "./user-data.ts";

type Parts = {
  /** The file that the target is given. */
  readonly handed: string;
  readonly files: readonly string[];
  readonly programs: Programs | undefined;
  readonly delivery: Delivery | undefined;
  /** The machine is made from a baked image. */
  readonly isSeed: boolean;
};

/** `README.txt` for the human who holds these files. Never holds a secret. */
export function readme(
  plan: Plan,
  data: UserData,
  { handed, files, programs, delivery, isSeed }: Parts,
): string {
  const { limitBytes, usage } = targets[plan.target];
  const of =
    limitBytes === undefined ? "" : ` of ${limitBytes} (${Math.ceil((100 * data.bytes) / limitBytes)} %)`;
  const { admin } = plan;
  return `${plan.name}: a DShield honeypot sensor for ${plan.target} (${plan.os}), made by sensorbake

What to do
${isSeed ? fromImage : ""}${programs === undefined || plan.programsUrl === undefined ? "" : upload(programs)}  Start the machine with the file ${handed} as its user-data:
    ${usage.replaceAll("USER_DATA", handed)}
${sendingText(plan, delivery)}  After the first boot (some minutes) log in and ask how it is:
    ssh -p ${admin.sshPort} ${admin.user}@${plan.address ?? "ADDRESS"} sudo honeypot-status --wait

${whatItWillBe(plan)}
What is here
  user-data is ${data.form}: ${data.bytes} bytes${of}. ${secrecyText(delivery)}
  ${files.join(" ")}
  SHA256SUMS proves them: sha256sum --check SHA256SUMS
`;
}

/** The step of a README that sends programs and secrets over SSH, where they come that way. */
export function sendingText(plan: Plan, delivery: Delivery | undefined): string {
  if (delivery === undefined) return "";
  const address = plan.address === undefined && plan.target !== "ec2" ? " --address ADDRESS" : "";
  return `  The machine lets you in and waits. Send it its programs and secrets over SSH:
    sensorbake apply SETTINGS.yaml --sensor ${plan.name}${address}
`;
}

/** Whether the files that the machine is given hold secrets. */
export function secrecyText(delivery: Delivery | undefined): string {
  return delivery === undefined
    ? "It holds secrets: keep it to yourself."
    : "It holds no secret: programs and secrets come over SSH.";
}

const fromImage = `  Make the machine from the image that \`sensorbake packer\` baked of these settings: here is only what that lacks.
`;

function upload({ name, addresses: [address] }: Programs): string {
  return `  Put ${name} where the sensor will fetch it (it holds no secret and no setting):
    ${address}
`;
}

/** The section of a README that says what the sensor does, ended by an empty line's newline. */
export function whatItWillBe(plan: Plan): string {
  const { admin, dshield, capture, backup } = plan;
  const from = admin.allowFrom === "anywhere" ? "anywhere" : admin.allowFrom.join(", ");
  return `What it will be
  login     port ${admin.sshPort}, user ${admin.user}, keys only, from ${from}
${dshield === undefined ? "" : whatIsInstalled(dshield)}  capture   ${captureFilter(plan)}
            a new file every ${capture.rotateHours} h or ${capture.rotateMegabytes} MB, kept ${capture.keepDays} days
  backup    at "${backup.schedule}" (${plan.timezone}), ${backup.format}, kept ${backup.keepDays} days: ${backup.sets.join(", ")}
  logs      kept ${plan.logs.keepDays} days
${whatIsAnalysed(plan)}${whatIsShipped(plan)}  disk      at ${plan.disk.maxUsedPercent} % used the oldest captures go first
${forecast(plan)}`;
}

function whatIsAnalysed(plan: Plan): string {
  return analysers(plan)
    .map(({ name, schedule }) => `  reports   ${name} at "${schedule}", kept ${plan.tools?.keepDays} days\n`)
    .join("");
}

function whatIsShipped({ siem }: Plan): string {
  if (siem === undefined) return "";
  const how = siem.ca === undefined ? "without TLS" : "by TLS";
  return `  siem      logs go to ${endpointText(siem)} as they are written, ${how}\n`;
}

function whatIsInstalled(dshield: DshieldPlan): string {
  const agent = dshield.hasVelociraptor ? "may be installed" : "is kept out";
  return `  dshield   installed by the first boot from ${dshield.repository}, ${dshield.ref}
            reports for account ${dshield.userId}; telnet is ${dshield.answersTelnet ? "answered" : "not answered"}; the remote-administration agent Velociraptor ${agent}
`;
}

function forecast({ capture, disk }: Plan): string {
  const gigabytes = (capture.keepDays * disk.captureMegabytesPerDay) / 1000;
  const size = disk.sizeGigabytes === undefined ? "" : ` of ${disk.sizeGigabytes} GB`;
  return `            at ${disk.captureMegabytesPerDay} MB a day captures take ${gigabytes.toFixed(1)} GB${size}\n`;
}
