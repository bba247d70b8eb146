import { batches } from "./queries";

/** Ids of what the dashboard shows. */
export interface Shown {
  title: string;
  namespace: string;
  store: string;
  /** Application Insights. */
  insights: string;
  endpoint: { type: "container-app" | "azure-ml"; id: string } | undefined;
}

interface Series {
  namespace: string;
  metric: string;
  /** As workbooks number them: 1 total, 3 highest, 4 average, 7 count. */
  aggregation: 1 | 3 | 4 | 7;
}

/** The body of a workbook: https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-create-workbook */
export function dashboardBody(shown: Shown): string {
  const items = [
    { type: 1, name: "title", content: { json: `# ${shown.title}` } },
    ...eventCharts(shown),
    ...serviceCharts(shown),
  ];
  return JSON.stringify({ version: "Notebook/1.0", items, fallbackResourceIds: [shown.insights] });
}

/** What the function itself counts, per batch. */
function eventCharts({ insights }: Shown): object[] {
  const sums = (...names: string[]) =>
    batches(`summarize ${names.map((name) => `${name} = sum(${name})`).join(", ")} by bin(timestamp, 1m)`);
  const slowest = (...names: string[]) =>
    batches(`summarize ${names.map((name) => `${name} = percentile(${name}, 99)`).join(", ")} by bin(timestamp, 1m)`);
  return [
    logChart(insights, "Events", sums("received", "stored", "deadLettered", "retried")),
    logChart(insights, "Accepted to stored, ms", slowest("endToEndMs")),
    logChart(insights, "Stages, ms per batch", slowest("decode", "infer", "store", "totalMs")),
    logChart(insights, "Request units", sums("requestUnits")),
  ];
}

function serviceCharts({ namespace, store, endpoint }: Shown): object[] {
  const hub = (metric: string): Series => ({ namespace: "microsoft.eventhub/namespaces", metric, aggregation: 1 });
  const cosmos = (metric: string, aggregation: Series["aggregation"]): Series => ({
    namespace: "microsoft.documentdb/databaseaccounts",
    metric,
    aggregation,
  });
  const charts = [
    metricChart("Hub, messages", namespace, [
      hub("IncomingMessages"),
      hub("OutgoingMessages"),
      hub("ThrottledRequests"),
    ]),
    metricChart("Cosmos DB, request units", store, [cosmos("TotalRequestUnits", 1)]),
    metricChart("Cosmos DB, share of the request units", store, [cosmos("NormalizedRUConsumption", 3)]),
  ];
  if (endpoint === undefined) return charts;
  const measured: Series =
    endpoint.type === "azure-ml"
      ? {
          namespace: "microsoft.machinelearningservices/workspaces/onlineendpoints",
          metric: "RequestLatency_P99",
          aggregation: 4,
        }
      : { namespace: "microsoft.app/containerapps", metric: "ResponseTime", aggregation: 4 };
  return [...charts, metricChart("Endpoint, ms", endpoint.id, [measured])];
}

function logChart(insights: string, title: string, query: string): object {
  return {
    type: 3,
    name: title,
    customWidth: "50",
    content: {
      version: "KqlItem/1.0",
      title,
      query,
      size: 0,
      timeContext: { durationMs: 3_600_000 },
      queryType: 0,
      resourceType: "microsoft.insights/components",
      crossComponentResources: [insights],
      visualization: "timechart",
    },
  };
}

function metricChart(title: string, resource: string, series: Series[]): object {
  const [{ namespace } = { namespace: "" }] = series;
  return {
    type: 10,
    name: title,
    customWidth: "50",
    content: {
      version: "MetricsItem/2.0",
      title,
      chartId: title,
      size: 0,
      chartType: 2,
      resourceType: namespace,
      metricScope: 0,
      resourceIds: [resource],
      timeContext: { durationMs: 3_600_000 },
      metrics: series.map(({ namespace, metric, aggregation }) => ({
        namespace,
        metric: `${namespace}--${metric}`,
        aggregation,
      })),
    },
  };
}
