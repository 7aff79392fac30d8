import { job } from "./rules.ts";

/** A dashboard that Grafana can import: the health of all sensors, and the details of the chosen ones. */
export function dashboard(): object {
  return {
    uid: "sensorbake",
    title: "Honeypot sensors",
    tags: ["sensorbake"],
    timezone: "browser",
    schemaVersion: 38,
    editable: true,
    refresh: "5m",
    time: { from: "now-7d", to: "now" },
    templating: {
      list: [
        {
          name: "datasource",
          label: "Prometheus",
          type: "datasource",
          query: "prometheus",
        },
        {
          name: "sensor",
          type: "query",
          datasource,
          query: { query: `label_values(up{job="${job}"}, sensor)`, refId: "sensor" },
          refresh: 2,
          includeAll: true,
          multi: true,
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels: panels.map(panel),
  };
}

type Panel = {
  readonly title: string;
  readonly type: "stat" | "timeseries" | "state-timeline" | "bargauge";
  readonly expr: string;
  readonly legend: string;
  readonly unit: string;
};

const chosen = `job="${job}",sensor=~"$sensor"`;
// biome-ignore lint/suspicious/noTemplateCurlyInString: for Grafana
const datasource = { type: "prometheus", uid: "${datasource}" };

const panels: readonly Panel[] = [
  {
    title: "Health",
    type: "state-timeline",
    expr: `honeypot_healthy{${chosen}}`,
    legend: "{{sensor}}",
    unit: "bool_yes_no",
  },
  {
    title: "Failing checks",
    type: "state-timeline",
    expr: `honeypot_check{${chosen}} == 0`,
    legend: "{{sensor}}: {{check}}",
    unit: "none",
  },
  { title: "Reachable", type: "stat", expr: `up{${chosen}}`, legend: "{{sensor}}", unit: "bool_on_off" },
  {
    title: "Time since the last report, backup and transfer",
    type: "timeseries",
    expr: `time() - honeypot_check_result_timestamp_seconds{${chosen},check=~"last report|backup|transfer"}`,
    legend: "{{sensor}}: {{check}}",
    unit: "s",
  },
  {
    title: "Disk use",
    type: "timeseries",
    expr: `honeypot_disk_percent{${chosen}}`,
    legend: "{{sensor}}",
    unit: "percent",
  },
  {
    title: "Captures per day",
    type: "timeseries",
    expr: `honeypot_capture_bytes_per_day{${chosen}}`,
    legend: "{{sensor}}",
    unit: "decbytes",
  },
  {
    title: "Downloads in 30 days",
    type: "bargauge",
    expr: `honeypot_downloads{${chosen}}`,
    legend: "{{sensor}}",
    unit: "none",
  },
  {
    title: "Received bytes",
    type: "timeseries",
    expr: `sum by (sensor) (rate(node_network_receive_bytes_total{${chosen},device!="lo"}[1h]))`,
    legend: "{{sensor}}",
    unit: "Bps",
  },
];

function panel({ title, type, expr, legend, unit }: Panel, index: number): object {
  return {
    id: index + 1,
    title,
    type,
    datasource,
    gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: [{ refId: "A", datasource, expr, legendFormat: legend }],
  };
}
