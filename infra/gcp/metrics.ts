import { Metric } from "@pulumi/gcp/logging";
import { type Input, interpolate, type Output } from "@pulumi/pulumi";
import type { Scope } from "./scope";

/** What the function says of each batch, by the name of its metric: adapters/gcp/telemetry.ts. */
const FIELDS = {
  received: { field: "received", unit: "1" },
  stored: { field: "stored", unit: "1" },
  deadLettered: { field: "deadLettered", unit: "1" },
  retried: { field: "retried", unit: "1" },
  endToEnd: { field: "endToEndMs", unit: "ms" },
  decode: { field: "stages.decode", unit: "ms" },
  infer: { field: "stages.infer", unit: "ms" },
  store: { field: "stages.store", unit: "ms" },
  total: { field: "totalMs", unit: "ms" },
} as const;

export type Measured = keyof typeof FIELDS;

/** Types of metrics, each a distribution over batches. */
export type Metrics = Record<Measured, Output<string>>;

/** Metrics that Cloud Logging makes of the function's lines: one line a batch says everything, and nothing has to be called. */
export function metrics(scope: Scope, functionName: Input<string>): Metrics {
  const filter = interpolate`resource.type="cloud_run_revision" AND resource.labels.service_name="${functionName}" AND jsonPayload.type="batch"`;
  const made = Object.entries(FIELDS).map(([name, { field, unit }]) => {
    const metric = new Metric(
      ...scope.inner(
        "metric",
        {
          filter: interpolate`${filter} AND jsonPayload.${field}>=0`,
          valueExtractor: `EXTRACT(jsonPayload.${field})`,
          metricDescriptor: { metricKind: "DELTA", valueType: "DISTRIBUTION", unit },
          // Steps of a quarter, from 1 to some ten million.
          bucketOptions: { exponentialBuckets: { numFiniteBuckets: 72, growthFactor: 1.25, scale: 1 } },
        },
        { part: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) },
      ),
    );
    return [name, interpolate`logging.googleapis.com/user/${metric.name}`];
  });
  return Object.fromEntries(made) as Metrics;
}
