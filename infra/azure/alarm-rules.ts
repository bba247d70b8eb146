import type { Input } from "@pulumi/pulumi";
import { batches } from "./queries";

/** Ids of what is watched. */
export interface Watched {
  namespace: Input<string>;
  store: Input<string>;
  /** Application Insights, which has the function's log. */
  insights: Input<string>;
  /** The workspace, which has the services' logs. */
  logs: Input<string>;
  endpoint?: { type: "container-app" | "azure-ml"; id: Input<string> } | undefined;
}

interface Common {
  name: string;
  /** What it means and what to do, for whoever is woken by it. */
  description: string;
  /** 0 is the worst. */
  severity: 0 | 1 | 2 | 3;
  /** Id of what is measured. */
  on: Input<string>;
}

export interface MetricRule extends Common {
  /** All of them at once. */
  all: Condition[];
  minutes: 5 | 15;
}

export interface Condition {
  namespace: string;
  metric: string;
  is: "GreaterThan" | "LessThan";
  than: number;
  aggregation: "Total" | "Count" | "Average" | "Maximum";
  where?: { name: string; values: string[] } | undefined;
}

/** An alarm as soon as a query, asked every five minutes, gives a row. */
export interface LogRule extends Common {
  query: string;
  /** That it is about. */
  minutes: 5 | 15;
  /** So many times in a row. */
  times: 1 | 3;
}

/** What is worth waking somebody, of what the services measure. */
export function metricRules({ namespace, store, endpoint }: Watched): MetricRule[] {
  const hub = { namespace: "Microsoft.EventHub/namespaces", aggregation: "Total" } as const;
  return [
    {
      name: "throttles",
      description: "The hub refuses events for want of throughput units: raise `maxThroughputUnits`.",
      severity: 1,
      on: namespace,
      minutes: 5,
      all: [{ ...hub, metric: "ThrottledRequests", is: "GreaterThan", than: 0 }],
    },
    {
      name: "store-throttles",
      description: "Cosmos DB refuses documents for want of request units, and batches wait: see `maxRequestUnits`.",
      severity: 2,
      on: store,
      minutes: 15,
      all: [
        {
          namespace: "Microsoft.DocumentDB/databaseAccounts",
          metric: "TotalRequests",
          aggregation: "Count",
          is: "GreaterThan",
          than: 100,
          where: { name: "StatusCode", values: ["429"] },
        },
      ],
    },
    ...(endpoint ? [modelRule(endpoint)] : []),
  ];
}

function modelRule({ type, id }: NonNullable<Watched["endpoint"]>): MetricRule {
  const rule = {
    name: "model-errors",
    description: "The model server fails or refuses requests: see its log, and raise `endpointMaxInstances`.",
    severity: 1,
    on: id,
    minutes: 5,
  } as const;
  const above = { is: "GreaterThan", than: 0 } as const;
  if (type === "azure-ml")
    return {
      ...rule,
      all: [
        {
          ...above,
          namespace: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
          metric: "RequestsPerMinute",
          aggregation: "Average",
          where: { name: "statusCodeClass", values: ["4xx", "5xx"] },
        },
      ],
    };
  return {
    ...rule,
    all: [
      {
        ...above,
        namespace: "Microsoft.App/containerApps",
        metric: "Requests",
        aggregation: "Total",
        where: { name: "statusCodeCategory", values: ["4xx", "5xx"] },
      },
    ],
  };
}

/** And of what the function says of each batch, and services of themselves. */
export function logRules({ insights, logs }: Watched): LogRule[] {
  return [
    {
      name: "stalled",
      description: "Events come in and none go out: see the function's log, and whether its last deployment went well.",
      severity: 0,
      on: logs,
      query: [
        'AzureMetrics | where MetricName in ("IncomingMessages", "OutgoingMessages")',
        'summarize came = sumif(Total, MetricName == "IncomingMessages"), went = sumif(Total, MetricName == "OutgoingMessages")',
        "where came > 0 and went == 0",
      ].join(" | "),
      minutes: 15,
      // Once alone it could be the first event in a while, and an instance that starts.
      times: 3,
    },
    {
      name: "late",
      description: "Events are stored more than two minutes after they were sent: see what fails, or add partitions.",
      severity: 1,
      on: insights,
      query: batches("summarize age = max(endToEndMs)", "where age > 120000"),
      minutes: 5,
      times: 3,
    },
    {
      name: "errors",
      description: "Invocations fail, crash or run out of time or memory: see the function's log.",
      severity: 1,
      on: insights,
      query: "requests | where success == false | summarize failures = sum(itemCount) | where failures > 0",
      minutes: 5,
      times: 3,
    },
    {
      name: "retries",
      description: "The same events are tried again and again, and their partitions wait: see what refuses them.",
      severity: 2,
      on: insights,
      query: batches("summarize events = sum(retried)", "where events > 0"),
      minutes: 5,
      times: 3,
    },
    {
      name: "dead-letters",
      description: "There are new dead letters: see `sluice dead-letters list`.",
      severity: 2,
      on: insights,
      query: batches("summarize letters = sum(deadLettered)", "where letters > 0"),
      minutes: 5,
      times: 1,
    },
    {
      name: "log-cap",
      description: "Nothing more is logged today, and the other alarms are blind: raise `dailyLogGb`.",
      severity: 1,
      on: logs,
      query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota" | take 1',
      minutes: 5,
      times: 1,
    },
  ];
}
