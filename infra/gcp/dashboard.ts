import { filterOf } from "./filter";
import type { Measured } from "./metrics";

/** Names of what the dashboard shows. */
export interface Shown {
  title: string;
  function: string;
  push: string;
  hold: string;
  database: string;
  endpoint: { type: "cloud-run" | "vertex"; name: string } | undefined;
  /** Types of the metrics that the function's log gives. */
  metrics: Record<Measured, string>;
}

interface Chart {
  title: string;
  lines: Line[];
}

interface Line {
  legend: string;
  query: object;
}

const COLUMNS = 2;
const WIDTH = 24;
const HEIGHT = 16;

/** The body of a Cloud Monitoring dashboard: https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards */
export function dashboardBody(shown: Shown): string {
  const tiles = [...eventCharts(shown), ...serviceCharts(shown)].map(({ title, lines }, index) => ({
    xPos: (index % COLUMNS) * WIDTH,
    yPos: Math.floor(index / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    widget: {
      title,
      xyChart: {
        dataSets: lines.map(({ legend, query }) => ({
          legendTemplate: legend,
          plotType: "LINE",
          targetAxis: "Y1",
          timeSeriesQuery: query,
        })),
      },
    },
  }));
  return JSON.stringify({ displayName: shown.title, mosaicLayout: { columns: COLUMNS * WIDTH, tiles } });
}

/** What the function itself counts, per batch. */
function eventCharts({ metrics }: Shown): Chart[] {
  const sums = (...names: Measured[]) => names.map((name) => ({ legend: name, query: sumOf(metrics[name]) }));
  const slowest = (...names: Measured[]) => names.map((name) => ({ legend: name, query: p99Of(metrics[name]) }));
  return [
    { title: "Events", lines: sums("received", "stored", "deadLettered", "retried") },
    { title: "Accepted to stored, ms", lines: slowest("endToEnd") },
    { title: "Stages, ms per batch", lines: slowest("decode", "infer", "store", "total") },
  ];
}

function serviceCharts({ function: name, push, hold, database, endpoint }: Shown): Chart[] {
  const subscription = (id: string, metric: string) =>
    filterOf("pubsub_subscription", { subscription_id: id }, `pubsub.googleapis.com/subscription/${metric}`);
  const service = (id: string, metric: string) =>
    filterOf("cloud_run_revision", { service_name: id }, `run.googleapis.com/${metric}`);
  const charts: Chart[] = [
    {
      title: "Oldest message waiting, s",
      lines: [line("age", subscription(push, "oldest_unacked_message_age"), "ALIGN_MAX", "REDUCE_MAX")],
    },
    {
      title: "Pushes by answer",
      lines: [
        line(
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the console fills it in
          "${metric.labels.response_class}",
          subscription(push, "push_request_count"),
          "ALIGN_DELTA",
          "REDUCE_SUM",
          "metric.label.response_class",
        ),
      ],
    },
    {
      title: "Function's instances",
      lines: [line("instances", service(name, "container/instance_count"), "ALIGN_MAX", "REDUCE_SUM")],
    },
    {
      title: "Function's memory, share",
      lines: [line("p99", service(name, "container/memory/utilizations"), "ALIGN_PERCENTILE_99", "REDUCE_MAX")],
    },
    {
      title: "Documents written",
      lines: [
        line(
          "written",
          filterOf(
            "firestore.googleapis.com/Database",
            { database_id: database },
            "firestore.googleapis.com/document/write_ops_count",
          ),
          "ALIGN_DELTA",
          "REDUCE_SUM",
        ),
      ],
    },
    {
      title: "Dead letters waiting",
      lines: [line("letters", subscription(hold, "num_undelivered_messages"), "ALIGN_MAX", "REDUCE_MAX")],
    },
  ];
  if (endpoint === undefined) return charts;
  const latencies =
    endpoint.type === "vertex"
      ? filterOf(
          "aiplatform.googleapis.com/Endpoint",
          { endpoint_id: endpoint.name },
          "aiplatform.googleapis.com/prediction/online/prediction_latencies",
        )
      : service(endpoint.name, "request_latencies");
  return [...charts, { title: "Endpoint, ms", lines: [line("p99", latencies, "ALIGN_PERCENTILE_99", "REDUCE_MAX")] }];
}

function line(legend: string, filter: string, aligner: string, reducer: string, groupBy?: string): Line {
  const aggregation = {
    alignmentPeriod: "60s",
    perSeriesAligner: aligner,
    crossSeriesReducer: reducer,
    ...(groupBy === undefined ? {} : { groupByFields: [groupBy] }),
  };
  return { legend, query: { timeSeriesFilter: { filter, aggregation } } };
}

/** The sum of a distribution's values, which is something that only this language can ask for. */
function sumOf(metric: string): object {
  return {
    prometheusQuery: `sum(increase(${prometheusName(metric)}_sum{monitored_resource="cloud_run_revision"}[1m]))`,
  };
}

function p99Of(metric: string): object {
  return {
    timeSeriesFilter: {
      filter: `resource.type="cloud_run_revision" AND metric.type="${metric}"`,
      aggregation: {
        alignmentPeriod: "60s",
        perSeriesAligner: "ALIGN_DELTA",
        crossSeriesReducer: "REDUCE_PERCENTILE_99",
      },
    },
  };
}

/** https://cloud.google.com/monitoring/promql/promql-mapping#mapping_metric_names */
function prometheusName(metric: string): string {
  const [domain = "", ...rest] = metric.split("/");
  return `${domain.replaceAll(".", "_")}:${rest.join("/").replace(/[^A-Za-z0-9_]/g, "_")}`;
}
