import type { SiemPlan } from "../plan/resolve-siem.ts";
import { endpointText } from "../values/endpoint.ts";
import { stringifyYaml } from "./yaml.ts";

/**
 * `/etc/filebeat/filebeat.yml`. DShield-SIEM selects a pipeline by words in the path of a log and parses the raw lines
 * itself. So the logs are shipped unparsed from their original paths, and no path contains two of those words. Filebeat
 * identifies an input by its `id` and a file by its own records: neither may ever change, or everything is shipped
 * again.
 */
export function filebeatConfig(name: string, { host, port, ca, spoolMegabytes }: SiemPlan): string {
  return stringifyYaml({
    name,
    "filebeat.inputs": Object.entries(inputs).map(([id, paths]) => ({
      type: "filestream",
      id,
      paths,
      prospector: { scanner: { exclude_files: ["\\.gz$"] } },
    })),
    // Keeps events on the disk until the SIEM has them, because the honeypot deletes its logs after some days.
    "queue.disk": { max_size: `${spoolMegabytes}MB` },
    "output.logstash": {
      hosts: [endpointText({ host, port })],
      ...(ca !== undefined && { ssl: { certificate_authorities: [certificateFile] } }),
    },
    // Otherwise it would log its metrics twice a minute.
    "logging.metrics.enabled": false,
  });
}

const certificateFile = "/etc/honeypot/secrets/siem_ca";

const inputs: Readonly<Record<string, readonly string[]>> = {
  "dshield-cowrie": ["/srv/cowrie/var/log/cowrie/cowrie.json*"],
  "dshield-web": ["/srv/db/webhoneypot*.json", "/srv/log/webhoneypot*.json"],
  "dshield-fw": ["/var/log/dshield.log*"],
  "dshield-vt": ["/srv/hash/vt_data"],
  "dshield-tty": ["/srv/ttylog/ttylog.txt"],
};
