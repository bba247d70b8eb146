import { VARIANT } from "./variant";

/** Names of what the dashboard shows. */
export interface Shown {
  region: string;
  pipeline: string;
  function: string;
  stream: string;
  table: string;
  queue: string;
  endpoint: string | undefined;
}

interface Chart {
  title: string;
  statistic: string;
  /** CloudWatch's own form: namespace, metric, then names and values of dimensions. */
  metrics: string[][];
}

const COLUMNS = 2;
const WIDTH = 12;
const HEIGHT = 6;

/** The body of a CloudWatch dashboard: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(shown: Shown): string {
  const widgets = [...eventCharts(shown), ...serviceCharts(shown)].map(({ title, metrics, statistic }, index) => ({
    type: "metric",
    x: (index % COLUMNS) * WIDTH,
    y: Math.floor(index / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { region: shown.region, title, stat: statistic, period: 60, metrics },
  }));
  return JSON.stringify({ widgets });
}

/** What the function itself counts, per batch: adapters/aws/telemetry.ts. */
function eventCharts({ pipeline }: Shown): Chart[] {
  const own = series("Sluice", ["pipeline", pipeline]);
  return [
    { title: "Events", statistic: "Sum", metrics: own("Received", "Stored", "DeadLettered", "Retried") },
    { title: "Accepted to stored, ms", statistic: "p99", metrics: own("EndToEndMs") },
    {
      title: "Stages, ms per batch",
      statistic: "p99",
      metrics: own("DecodeMs", "InferMs", "StoreMs", "ActionsMs", "TotalMs"),
    },
  ];
}

function serviceCharts({ function: name, stream, table, queue, endpoint }: Shown): Chart[] {
  const lambda = series("AWS/Lambda", ["FunctionName", name]);
  const kinesis = series("AWS/Kinesis", ["StreamName", stream]);
  const dynamodb = series("AWS/DynamoDB", ["TableName", table]);
  const sqs = series("AWS/SQS", ["QueueName", queue]);
  const charts: Chart[] = [
    { title: "Oldest event waiting, ms", statistic: "Maximum", metrics: lambda("IteratorAge") },
    { title: "Function", statistic: "Sum", metrics: lambda("Invocations", "Errors", "Throttles") },
    {
      title: "Stream, records in and refused",
      statistic: "Sum",
      metrics: kinesis("IncomingRecords", "WriteProvisionedThroughputExceeded"),
    },
    {
      title: "Table, units written and refused",
      statistic: "Sum",
      metrics: dynamodb("ConsumedWriteCapacityUnits", "WriteThrottleEvents"),
    },
    {
      title: "Dead letters waiting",
      statistic: "Maximum",
      metrics: sqs("ApproximateNumberOfMessagesVisible"),
    },
  ];
  if (endpoint === undefined) return charts;
  const sagemaker = series("AWS/SageMaker", ["EndpointName", endpoint, "VariantName", VARIANT]);
  const metrics = sagemaker("ModelLatency", "OverheadLatency", "ModelSetupTime");
  return [...charts, { title: "Endpoint, microseconds", statistic: "p99", metrics }];
}

function series(namespace: string, dimensions: string[]): (...metrics: string[]) => string[][] {
  return (...metrics) => metrics.map((metric) => [namespace, metric, ...dimensions]);
}
