import type { Plan } from "../../plan/plan.ts";
import type { Delivery } from "../delivery.ts";
import { quote } from "./shell.ts";
import type { Step } from "./steps.ts";

/** The steps over SSH, once the machine has an address: programs and secrets, the result, the backup server's login. */
export function loginSteps(plan: Plan, delivery: Delivery | undefined): readonly Step[] {
  const ssh = `ssh -p ${plan.admin.sshPort} ${plan.admin.user}@${plan.address ?? "ADDRESS"}`;
  return [
    ...(delivery === undefined || plan.ec2 !== undefined ? [] : [sendingStep(plan)]),
    {
      text: "Wait for the first boot (some minutes; longer with DShield, which reboots once) and read its result:",
      lines: [`${ssh} sudo honeypot-status --wait`],
    },
    ...backupServerSteps(plan, ssh),
  ];
}

function sendingStep(plan: Plan): Step {
  const address = plan.address === undefined ? " --address ADDRESS" : "";
  return {
    text: "The machine opens only the admin port and waits. Send it its programs and secrets, in the folder of the settings file:",
    lines: [`sensorbake apply SETTINGS.yaml --sensor ${plan.name}${address}`],
  };
}

// Only a sensor that generates its key has a public key that the server does not know yet.
function backupServerSteps({ name, transfer }: Plan, ssh: string): readonly Step[] {
  if (transfer === undefined || transfer.privateKey !== undefined) return [];
  const { user, host, path, schedule } = transfer;
  return [
    {
      text: "The sensor has generated its own key for the backup server. Fetch the public key:",
      lines: [`${ssh} cat /etc/honeypot/transfer_key.pub > ${name}.pub`],
    },
    {
      text: `On the backup server ${host}, as root, allow the key to log in as ${user} (docs/transfer.md describes how to create the login):`,
      lines: [`install -m 0644 ${name}.pub ${quote(`/etc/ssh/sensor_keys/${user}`)}`],
      remarks: [
        `If the server is not set up as docs/transfer.md describes, add the line in ${name}.pub to the authorized_keys of ${user}.`,
        `The login must be able to write into ${path}. The sensor sends its archives at "${schedule}"; test it now:`,
        `${ssh} sudo /opt/honeypot/scripts/transfer.sh`,
      ],
    },
  ];
}
