import type { Plan } from "../../plan/plan.ts";

/** `SENSOR-README.txt` on the boot partition, for whoever finds the card. Never holds a secret. */
export function cardReadme({ name }: Plan, version: string): string {
  return `This card belongs to ${name}, a DShield honeypot sensor made by sensorbake ${version}.

It configures itself at its first start, which takes some minutes and needs a network.
If it does not come up, read sensor-first-boot.log here: it appears when the first start has failed or ended.
Until then the other files may hold secrets; afterwards they are gone from here.
`;
}
