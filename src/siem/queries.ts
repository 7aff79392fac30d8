/** A query in Kibana's query language for the sensors' logs in a DShield-SIEM. */
export type Query = {
  /** Unique, so that importing again replaces the query: letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly kql: string;
};

/** Common queries for each sensor and for all; `source` adds queries for everything from one address. */
export function queries(sensors: readonly string[], source?: string): readonly Query[] {
  const asked = [...questions, ...(source === undefined ? [] : [sourceQuestion(source)])];
  const whose =
    sensors.length === 1 ? [] : [{ name: "all sensors", id: "all", of: sensors.map(quoted).join(" or ") }];
  return [...whose, ...sensors.map((name) => ({ name, id: `sensor-${name}`, of: quoted(name) }))].flatMap(
    ({ name, id, of }) =>
      asked.map(([what, kql]) => ({
        id: `sensorbake-${id}-${what.replaceAll(/[^a-z0-9]+/g, "-")}`,
        title: `${name}: ${what}`,
        kql: `agent.name : (${of}) and ${kql}`,
      })),
  );
}

// The names come from DShield-SIEM's pipelines: `event.outcome` is the part of cowrie's event after "cowrie.".
const questions: readonly (readonly [what: string, kql: string])[] = [
  ["failed logins", 'event.outcome : "login.failed"'],
  ["successful logins", 'event.outcome : "login.success"'],
  ["commands typed", 'event.outcome : "command.input"'],
  ["files downloaded", 'event.outcome : "session.file_download"'],
  ["files uploaded", 'event.outcome : "session.file_upload"'],
  ["requests of the web honeypot", 'event.dataset : "webhoneypot"'],
  ["packets logged by the firewall", 'event.dataset : "iptables"'],
];

function sourceQuestion(address: string): readonly [what: string, kql: string] {
  return [
    `everything from ${address}`,
    `(source.ip : ${quoted(address)} or related.ip : ${quoted(address)})`,
  ];
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}
