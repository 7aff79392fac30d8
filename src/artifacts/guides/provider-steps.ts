import type { Plan } from "../../plan/plan.ts";
import { type Guide, unknownImage } from "./guide.ts";
import { guides } from "./guides.ts";
import { openingsOf } from "./openings.ts";
import { type Command, shellLines } from "./shell.ts";
import type { Step } from "./steps.ts";

/** Creates a provider's machine and finds its address. `handed` is the file that holds the user-data. */
export function providerSteps(plan: Plan, handed: string, isSeed: boolean): readonly Step[] {
  if (plan.target === "nocloud" || plan.target === "pi") throw new Error(`${plan.target} is no provider`);
  if (plan.ec2 !== undefined) return launchSteps(plan);
  const guide: Guide = guides[plan.target];
  const machine = {
    name: plan.name,
    os: plan.os,
    publicKey: plan.admin.sshKeys[0] ?? "",
    userData: guide.takesBase64 === true ? `${handed}.base64` : handed,
    openings: openingsOf(plan.admin),
  };
  const commands = guide.create(machine);
  const caution = guide.caution?.(machine);
  return [
    {
      text: `Create the firewall and the machine at ${guide.provider}. Run ${guide.tool} in this folder; you can change size and region.`,
      lines: commands.flatMap((one) => shellLines(one)),
      remarks: [
        ...unknownWords(commands, guide),
        ...(isSeed
          ? [
              "Replace the image with the one that `sensorbake packer` baked: these files contain only what that image lacks.",
            ]
          : []),
        ...(caution === undefined ? [] : [caution]),
        `Or in the web console: ${guide.console}: ${pasting(handed, plan)}.`,
        firewallText(plan),
        ...(plan.target === "ec2"
          ? ["With `ec2: {region: ...}` in the settings, `sensorbake launch` does all of this."]
          : []),
      ],
    },
    ...(plan.address === undefined
      ? [{ text: "Find the machine's address:", lines: shellLines(guide.address(machine)) }]
      : []),
  ];
}

function launchSteps(plan: Plan): readonly Step[] {
  return [
    {
      text: "Create the firewall and the instance, in the folder of the settings file. launch shows its plan and asks first:",
      lines: [`sensorbake launch SETTINGS.yaml --sensor ${plan.name}`],
      remarks: [
        "If the sensor gets its programs and secrets over SSH, launch waits for the instance and sends them.",
      ],
    },
    {
      text: "Read its address:",
      lines: [`sensorbake status SETTINGS.yaml --sensor ${plan.name}`],
    },
  ];
}

function unknownWords(commands: readonly Command[], { unknown }: Guide): readonly string[] {
  const words = commands.flatMap((one) => one.words);
  return Object.entries({ [unknownImage]: "an image of the sensor's system there", ...unknown })
    .filter(([name]) => words.includes(name))
    .map(([name, meaning]) => `Replace ${name}: ${meaning}`);
}

// A console takes text; bytes go there as base64 or as a file.
function pasting(handed: string, plan: Plan): string {
  if (!handed.endsWith(".gz")) return `paste the content of ${handed}`;
  return plan.target === "ec2"
    ? `paste the content of ${handed}.base64 and tick "User data has already been base64 encoded"`
    : `choose the file ${handed}`;
}

/** The traffic that a firewall in front of the machine must allow. */
export function firewallText({ admin }: Plan): string {
  if (admin.allowFrom === "anywhere") return "The machine's firewall must allow all TCP, UDP and ICMP.";
  const networks = admin.allowFrom.join(", ");
  return `The machine's firewall must allow all UDP, all ICMP, and all TCP except port ${admin.sshPort}. It must allow TCP port ${admin.sshPort} only from ${networks}.`;
}
