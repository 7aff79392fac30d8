import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { freePort } from "../../src/emulation/free-port.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { healthUnderTest } from "../support/health-under-test.ts";
import { startHttpReceiver } from "../support/http-receiver.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { type Program, programs, startProgram } from "../support/prometheus.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// Debian's real Prometheus, Alertmanager and node exporter read what sensorbake and a sensor write.

const monitoring = suite("sensorbake monitoring");
const test = needs(...Object.values(programs), "/usr/bin/python3", "root", "unshare", "mount");

const admin = { ssh_keys: [ed25519Key], allow_from: "anywhere" };
const sensors = [
  { name: "fra-vps", target: "nocloud", address: "127.0.0.1", metrics: { allow_from: ["10.0.0.9"] } },
  { name: "nyc-vps", target: "nocloud", address: "2001:db8::7", metrics: { allow_from: ["10.0.0.9"] } },
  { name: "old-vps", target: "nocloud" },
];

const folderOfUnits = resolve("templates/etc/systemd/system");

const report = {
  schema: 1,
  sensor: "fra-vps",
  healthy: false,
  facts: { disk_percent: 41, days: 40, capture_bytes_per_day: 180_000_000, downloads: 12, version: "0.1.0" },
  checks: [
    { name: "first boot", status: "good", message: "done", next: "" },
    { name: "backup", status: "bad", message: "failed 3 hours ago", next: "", age: 10_800 },
  ],
};

let folder = "";
let output = "";
monitoring.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-monitoring-"));
  await writeFile(join(folder, "s.yaml"), JSON.stringify({ version: 1, defaults: { admin }, sensors }));
  output = join(folder, "monitoring");
  const { code, stderr } = await sensorbake(["monitoring", join(folder, "s.yaml"), "--output", output]);
  assert.is(code, 0, stderr);
  assert.is(stderr, "2 sensors to scrape\nleft out, because they have no metrics: old-vps\n");
});
monitoring.after(() => rm(folder, { recursive: true }));

test(monitoring, "the targets are the sensors with metrics", async () => {
  const targets = JSON.parse(await readFile(join(output, "targets.json"), "utf8"));
  assert.equal(targets, [
    { targets: ["127.0.0.1:19100"], labels: { sensor: "fra-vps", provider: "nocloud" } },
    { targets: ["[2001:db8::7]:19100"], labels: { sensor: "nyc-vps", provider: "nocloud" } },
  ]);
});

test(
  monitoring,
  "promtool accepts the rules, and each alert fires and stays silent as it should",
  async () => {
    const series = (name: string, values: string, more = "") => ({
      series: `${name}{job="honeypots",instance="a",sensor="fra-vps"${more}}`,
      values,
    });
    const good = [
      series("up", "1x300"),
      series("honeypot_healthy", "1x300"),
      series("honeypot_check", "1x300", ',check="backup"'),
      series("honeypot_checked_timestamp_seconds", "0+60x300"),
      series("honeypot_capture_bytes_per_day", "1000x300"),
      series("honeypot_days", "9x300"),
    ];
    // A daily reboot: three minutes off, and four more until the first measurements.
    const reboot = [
      series("up", "1x230 0x2 1x66"),
      ...good.slice(1).map((each) => ({
        ...each,
        values: each.values
          .replace(/^(\d+)x300$/, "$1x230 _x7 $1x61")
          .replace("0+60x300", "0+60x230 _x7 14280+60x61"),
      })),
    ];
    const endOfFirstBoot = [series("up", "_x212 1x87")];
    const cases: readonly (readonly [alert: string | undefined, series: readonly object[]])[] = [
      [undefined, good],
      [undefined, reboot],
      [undefined, endOfFirstBoot],
      ["SensorUnreachable", [series("up", "0x300")]],
      ["SensorUnhealthy", [...good, series("honeypot_check", "0x300", ',check="capture"')]],
      [
        "SensorNotChecked",
        good.map((each) =>
          /checked/.test(each.series) ? series("honeypot_checked_timestamp_seconds", "60x300") : each,
        ),
      ],
      ["SensorWithoutMeasurements", [series("up", "1x300")]],
      [
        "SensorCapturesNothing",
        good.map((each) =>
          /bytes/.test(each.series) ? series("honeypot_capture_bytes_per_day", "0x300") : each,
        ),
      ],
    ];
    const names = cases.flatMap(([alert]) => alert ?? []);
    const tests = cases.map(([alert, input]) => ({
      interval: "1m",
      input_series: input,
      promql_expr_test: names.map((name) => ({
        expr: `count(count_over_time(ALERTS{alertname="${name}",alertstate="firing"}[4h]))`,
        eval_time: "240m",
        exp_samples: name === alert ? [{ labels: "{}", value: 1 }] : [],
      })),
    }));
    await writeFile(
      join(folder, "test.yml"),
      JSON.stringify({ rule_files: [join(output, "rules.yml")], evaluation_interval: "1m", tests }),
    );
    const checked = await execute(programs.promtool, ["check", "rules", join(output, "rules.yml")]);
    assert.is(checked.code, 0, checked.stdout + checked.stderr);
    assert.match(checked.stdout, `SUCCESS: ${names.length} rules found`);
    const tried = await execute(programs.promtool, ["test", "rules", join(folder, "test.yml")]);
    assert.is(tried.code, 0, tried.stdout + tried.stderr);
  },
);

test(
  monitoring,
  "a failing check reaches people through Prometheus and Alertmanager, and the dashboard has data",
  async () => {
    const under = await healthUnderTest({ METRICS_PORT: "19100" });
    const web = await startHttpReceiver();
    const stops: (() => Promise<void>)[] = [];
    const start = (program: Program, ...words: readonly string[]) => {
      stops.push(startProgram(program, words, folder));
    };
    try {
      await under.root.write("report", JSON.stringify(report));
      assert.is((await under.run()).code, 0);
      const [exporter, prometheus, alertmanager] = await Promise.all([freePort(), freePort(), freePort()]);
      // The sensor's own command, on a port that is free here.
      const unit = await readFile(
        `${folderOfUnits}/prometheus-node-exporter.service.d/honeypot.conf`,
        "utf8",
      );
      const command = /^ExecStart=\/usr\/bin\/(\S+) ((?:.*\\\n)*.*)$/m.exec(unit);
      assert.is(command?.[1], "prometheus-node-exporter");
      const words = (command?.[2] ?? "")
        .replaceAll("\\\n", "")
        .replace(/:\$\{METRICS_PORT\}/, `127.0.0.1:${exporter}`)
        .replace("/run/honeypot-metrics", under.root.path("run/honeypot-metrics"));
      start("exporter", ...words.split(/\s+/));
      const work = join(folder, "work");
      await mkdir(join(work, "monitoring"), { recursive: true });
      const targets = await readFile(join(output, "targets.json"), "utf8");
      await writeFile(
        join(work, "monitoring/targets.json"),
        targets.replace("127.0.0.1:19100", `127.0.0.1:${exporter}`),
      );
      // A test cannot wait for minutes.
      const rules = (await readFile(join(output, "rules.yml"), "utf8")).replaceAll(
        /for: "\d+[mh]"/g,
        'for: "0s"',
      );
      await writeFile(join(work, "monitoring/rules.yml"), rules);
      await writeFile(
        join(work, "prometheus.yml"),
        JSON.stringify({
          ...documented(await readFile("docs/monitoring.md", "utf8")),
          global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
          alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
        }),
      );
      await writeFile(
        join(work, "alertmanager.yml"),
        JSON.stringify({
          route: { receiver: "web", group_wait: "0s", group_by: ["alertname"] },
          receivers: [{ name: "web", webhook_configs: [{ url: `${web.origin}/alert` }] }],
        }),
      );
      start(
        "alertmanager",
        `--config.file=${work}/alertmanager.yml`,
        `--storage.path=${work}/alerts`,
        `--web.listen-address=127.0.0.1:${alertmanager}`,
        "--cluster.listen-address=",
        "--log.level=warn",
      );
      start(
        "prometheus",
        `--config.file=${work}/prometheus.yml`,
        `--storage.tsdb.path=${work}/data`,
        `--web.listen-address=127.0.0.1:${prometheus}`,
        "--log.level=warn",
      );
      const alerts = await waitFor(
        "the alerts",
        async () => {
          const found = web.received.flatMap(({ body }) => JSON.parse(body).alerts as readonly Alert[]);
          const names = found.map(({ labels }) => labels.alertname);
          return names.includes("SensorUnhealthy") && names.includes("SensorUnreachable") && found;
        },
        240,
      );
      const unhealthy = alerts.find(({ labels }) => labels.alertname === "SensorUnhealthy");
      assert.is(unhealthy?.annotations.summary, "fra-vps: the check backup fails");
      const unreachable = alerts.find(({ labels }) => labels.alertname === "SensorUnreachable");
      assert.is(unreachable?.labels.sensor, "nyc-vps");
      const { panels } = JSON.parse(await readFile(join(output, "dashboard.json"), "utf8"));
      assert.is(panels.length, 8);
      for (const { title, targets } of panels) {
        const query = encodeURIComponent(targets[0].expr.replace("$sensor", ".*"));
        await waitFor(
          `data of the panel ${title}`,
          async () => {
            const answer = await fetch(`http://127.0.0.1:${prometheus}/api/v1/query?query=${query}`);
            // The type of a parsed answer is unknown.
            const { data } = (await answer.json()) as Answer;
            return data.result.some(({ metric }) => metric.sensor === "fra-vps");
          },
          60,
        );
      }
    } finally {
      for (const stop of stops) await stop();
      await web.stop();
      await under.root.remove();
    }
  },
);

monitoring.run();

type Alert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

type Answer = {
  readonly data: { readonly result: readonly { readonly metric: { readonly sensor?: string } }[] };
};

/** The configuration of Prometheus on a page. */
function documented(page: string): object {
  const block = /^```yaml\n(rule_files:[\s\S]*?)^```$/m.exec(page);
  return parse(block?.[1] ?? "");
}
