import type { Plan } from "../../plan/plan.ts";
import type { BootFiles } from "../boot-files.ts";
import type { Delivery } from "../delivery.ts";
import { secrecyText, sendingText, whatItWillBe } from "../readme.ts";
import type { UserData } from "../user-data.ts";

/** `README.txt` beside a Pi's boot files: how they get on a card, with and without sensorbake. Never holds a secret. */
export function piReadme(
  plan: Plan,
  data: UserData,
  { fits, files, cmdline }: BootFiles,
  delivery: Delivery | undefined,
): string {
  const { name, admin, wifi } = plan;
  const names = files.map(({ path }) => path).sort();
  const words =
    cmdline.length === 0
      ? ""
      : `    and add these words to the end of the one line of its cmdline.txt:
      ${cmdline.join(" ")}
`;
  const passphrase =
    wifi?.security === "wpa3"
      ? "  WPA3 needs the passphrase of the network in clear on the card until the first boot has begun.\n"
      : "";
  return `${name}: a DShield honeypot sensor for a Raspberry Pi (${plan.os}), made by sensorbake

What to do
  Make an image for this sensor and write it to a card:
    sensorbake image BASE.img.xz -o ${name}.img --sensor ${name}
    sensorbake flash ${name}.img DEVICE
  or write the image (${fits.join(", ")}) first, copy to its boot partition
    ${names.join(" ")}
${words}${sendingText(plan, delivery)}  After the first boot (some minutes) log in and ask how it is:
    ssh -p ${admin.sshPort} ${admin.user}@${plan.address ?? "ADDRESS"} sudo honeypot-status --wait
  If it does not come up, sensor-first-boot.log on the boot partition says why.

${whatItWillBe(plan)}
What is here
  ${data.form === "archive" ? "honeypot.tar.gz" : "user-data"} is ${data.form}: ${data.bytes} bytes. ${secrecyText(delivery)}
  The first boot takes the secrets from the boot partition before anything listens.
${passphrase}  SHA256SUMS proves them: sha256sum --check SHA256SUMS
`;
}
