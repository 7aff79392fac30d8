import type { Attack, AttackId } from "../attacks/attack.ts";
import { attackedPorts } from "../attacks/scanned-ports.ts";
import { ask, type Finding, type Guest } from "./ask.ts";
import { askStatus } from "./observe-status.ts";
import type { Scene } from "./observers.ts";
import type { Place } from "./place.ts";

/** Looks for an attack in one place. */
export function findAttack(place: Place, attack: Attack, { guest, plan, scope }: Scene): Promise<Finding> {
  const word = attack.marker ?? "";
  const ports = distinctPorts(attack);
  const filter = `src host ${scope.attacker} and tcp and (${ports.map((port) => `dst port ${port}`).join(" or ")})`;
  switch (place) {
    case "capture":
      return ask(guest, "captured", { filter });
    case "archive":
      return ask(guest, "archived", { filter, format: plan.backup.format });
    case "cowrie log":
      return ask(guest, "logged", { account: "cowrie", files: cowrieLogs, word });
    case "web log":
      return ask(guest, "logged", { account: "webhpot", files: webLogs, word });
    case "firewall log":
      return ask(guest, "filtered", { source: scope.attacker, ports: ports.join(" ") });
    case "collected logs": {
      const firewall = `DSHIELDINPUT.* SRC=${scope.attacker.replaceAll(".", "\\.")} .* DPT=(${ports.join("|")}) `;
      const folder = collectedFolders[attack.id];
      return ask(guest, "collected", { folder, expression: folder === "firewall" ? firewall : word });
    }
    case "status":
      return inStatus(attack.id, guest);
  }
}

const cowrieLogs = "/srv/cowrie/var/log/cowrie/cowrie.json /srv/cowrie/var/log/cowrie/cowrie.json.*";
const webLogs = "/srv/log/webhoneypot_*.json /srv/db/webhoneypot*.json /srv/log/isc-agent.out";

const collectedFolders: Readonly<Record<AttackId, string>> = {
  "ssh-login": "cowrie",
  "telnet-login": "cowrie",
  "web-request": "webhoneypot",
  "port-scan": "firewall",
};

/** The checks of honeypot-status that show the last line of a log. */
const statusChecks: Readonly<Record<AttackId, string>> = {
  "ssh-login": "cowrie",
  "telnet-login": "cowrie",
  "web-request": "web-honeypot",
  "port-scan": "rsyslog",
};

async function inStatus(id: AttackId, guest: Guest): Promise<Finding> {
  const name = statusChecks[id];
  const check = (await askStatus(guest))?.checks.find((one) => one.name === name);
  if (check === undefined) return { observed: false, evidence: `honeypot-status has no check ${name}` };
  // "0 minutes ago: LINE", whose line attackers write.
  const [, minutes] = /^(\d{1,5}) minutes ago: /.exec(check.message) ?? [];
  if (check.status !== "good" || minutes === undefined)
    return { observed: false, evidence: `${name}: ${check.message}`.slice(0, 200) };
  return { observed: true, evidence: `${name}: a new line ${minutes} minutes ago` };
}

/** The ports of a scan that no other attack went to. */
function distinctPorts({ id, ports }: Attack): readonly number[] {
  const others: readonly number[] = id === "port-scan" ? Object.values(attackedPorts) : [];
  return ports.filter((port) => !others.includes(port));
}
