import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { filebeatConfig } from "../../src/artifacts/filebeat.ts";

const test = suite("artifacts/filebeat");
const siem = { host: "siem.example.org", port: 5044, spoolMegabytes: 1024 };
const protectedSiem = { ...siem, ca: { kind: "env" as const, name: "CA" } };

type Input = { readonly type: string; readonly id: string; readonly paths: readonly string[] };
const config = (given: typeof siem & { readonly ca: typeof protectedSiem.ca | undefined }) =>
  parse(filebeatConfig("fra-vps", given));
const inputs: readonly Input[] = config(protectedSiem)["filebeat.inputs"];

test("every input is a filestream with an id of its own", () => {
  assert.is(inputs.length, 5);
  assert.equal([...new Set(inputs.map(({ type }) => type))], ["filestream"]);
  assert.is(new Set(inputs.map(({ id }) => id)).size, 5);
});

// As the filters of DShield-SIEM ask `log.file.path`.
const pipelines = ["cowrie", "dshield", "webhoneypot", "vt_data", "iscintel", "rostiintel", "ttylog"];

test("every path reaches one pipeline, and every input another", () => {
  const reached = inputs.map(({ paths }) => {
    const words = paths.map((path) => pipelines.filter((word) => path.includes(word)));
    for (const found of words) assert.is(found.length, 1, paths.join(" "));
    return [...new Set(words.flat())];
  });
  assert.equal(reached, [["cowrie"], ["webhoneypot"], ["dshield"], ["vt_data"], ["ttylog"]]);
});

test("compressed logs are not shipped again", () => {
  const excluded: string[] = config(protectedSiem)["filebeat.inputs"][0].prospector.scanner.exclude_files;
  assert.equal(excluded, ["\\.gz$"]);
});

test("the certificate verifies the server; without one there is no TLS", () => {
  assert.equal(config(protectedSiem)["output.logstash"], {
    hosts: ["siem.example.org:5044"],
    ssl: { certificate_authorities: ["/etc/honeypot/secrets/siem_ca"] },
  });
  assert.equal(config({ ...siem, ca: undefined })["output.logstash"], { hosts: ["siem.example.org:5044"] });
});

test("it has the sensor's name, and keeps events that the SIEM does not have", () => {
  const { name, "queue.disk": queue } = config(protectedSiem);
  assert.is(name, "fra-vps");
  assert.equal(queue, { max_size: "1024MB" });
});

test.run();
