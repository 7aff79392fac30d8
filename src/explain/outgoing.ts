import { environment } from "../artifacts/environment.ts";
import type { Plan } from "../plan/plan.ts";
import type { Outgoing } from "./explanation.ts";

/** What the sensor connects to by itself; not what its visitors make the honeypot do. */
export function outgoing(plan: Plan): readonly Outgoing[] {
  const { transfer } = plan;
  return [
    { to: "name servers", port: "udp and tcp 53", why: "names" },
    { to: "time servers of the system", port: "udp 123", why: "the clock" },
    { to: "package mirrors of the system", port: "tcp 80 and 443", why: "packages, at the first boot" },
    ...repositories(plan),
    ...(transfer === undefined
      ? []
      : [
          {
            to: transfer.host,
            port: `tcp ${transfer.port}`,
            why: `sends the archives as ${transfer.user} by SFTP`,
          },
        ]),
  ];
}

// `NAME URL REF` a line, as the step that clones them reads it.
function repositories(plan: Plan): readonly Outgoing[] {
  const [, lines = ""] = environment(plan).find(([name]) => name === "REPOSITORIES") ?? [];
  return lines
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([name, url, ref]) => {
      if (url === undefined || !URL.canParse(url)) return [];
      const parsed = new URL(url);
      const to = `${parsed.host}${parsed.pathname}`;
      return [
        { to, port: `tcp ${parsed.port || "443"}`, why: `clones ${name} at ${ref}, at the first boot` },
      ];
    });
}
