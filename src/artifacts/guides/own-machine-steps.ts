import type { Plan } from "../../plan/plan.ts";
import { baseImages } from "../packer/variables.ts";
import { unknownImage } from "./guide.ts";
import { firewallText } from "./provider-steps.ts";
import { command, shellLines } from "./shell.ts";
import type { Step } from "./steps.ts";

/** Creates a virtual machine of one's own, with the seed on a volume labelled CIDATA. */
export function ownMachineSteps(plan: Plan, isSeed: boolean): readonly Step[] {
  const { name } = plan;
  const address = isSeed ? undefined : baseImages[plan.os].base_url_amd64;
  const seed = `${name}-seed.img`;
  const disk = `${name}.qcow2`;
  const image = address === undefined ? unknownImage : address.slice(address.lastIndexOf("/") + 1);
  return [
    {
      text: "Write the seed volume, in the folder of the settings file:",
      lines: [`sensorbake image --seed SETTINGS.yaml --sensor ${name} -o ${seed}`],
      remarks: [
        "The page of `sensorbake page` has it as a download. Your own volume with the label CIDATA and the files user-data, meta-data and network-config (if it exists) works as well.",
      ],
    },
    {
      text: "Create the machine with the system's image and this volume. For example with libvirt:",
      lines: [
        ...(address === undefined
          ? []
          : shellLines(command`curl --fail --location --remote-name ${address}`)),
        ...shellLines(command`qemu-img convert -O qcow2 ${image} ${disk}`),
        ...shellLines(command`qemu-img resize ${disk} 20G`),
        ...shellLines(
          command`virt-install --name ${name} --memory 2048 --vcpus 2 --import --disk ${disk}
            --disk ${seed},readonly=on --network network=default --osinfo detect=on,require=off --noautoconsole`,
        ),
      ],
      remarks: [
        ...(isSeed ? [`Replace ${unknownImage}: the image that \`sensorbake packer\` baked`] : []),
        `In Proxmox or VMware, attach ${seed} as a second disk or a CD before the first start.`,
        `The sensor must be reachable from the internet. ${firewallText(plan)}`,
      ],
    },
    ...(plan.address === undefined
      ? [{ text: "Find the machine's address:", lines: shellLines(command`virsh domifaddr ${name}`) }]
      : []),
  ];
}
