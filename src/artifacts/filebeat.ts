import type { SiemPlan } from "../plan/plan.ts";
import { endpointText } from "../values/endpoint.ts";
import { stringifyYaml } from "./yaml.ts";

/**
 * `/etc/filebeat/filebeat.yml`. DShield-SIEM sorts what comes by words in the path of its file, one word a pipeline, and
 * reads the raw line itself: so the logs are shipped from where the honeypot writes them, unparsed, and no path holds
 * two of those words. An input is known by its `id` and its files by what Filebeat remembers: neither may ever change,
 * or everything is shipped again.
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
    // What is read is kept on the disk until the SIEM has it: the honeypot deletes its logs after some days.
    "queue.disk": { max_size: `${spoolMegabytes}MB` },
    "output.logstash": {
      hosts: [endpointText({ host, port })],
      ...(ca !== undefined && { ssl: { certificate_authorities: [certificateFile] } }),
    },
    // It would tell how it is twice a minute.
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
