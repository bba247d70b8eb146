import { type Input, type Output, output } from "@pulumi/pulumi";
import { filterOf } from "./filter";

/** Names of what is watched, as metrics call it; those left out are not part of the stack. */
export interface Watched {
  function: Input<string>;
  push: Input<string>;
  hold: Input<string>;
  archive?: Input<string> | undefined;
  results?: Input<string> | undefined;
  rejected?: Input<string> | undefined;
  endpoint?: { type: "cloud-run" | "vertex"; name: Input<string> } | undefined;
}

export interface AlarmRule {
  name: string;
  /** What it means and what to do, for whoever is woken by it. */
  description: string;
  severity: "ERROR" | "WARNING";
  /** Of the metric and what it is measured at. */
  filter: Output<string>;
  /** Alarms above this, in the metric's own unit. */
  above: number;
  /** How the points of a minute become one. */
  align: "ALIGN_MAX" | "ALIGN_DELTA" | "ALIGN_PERCENTILE_99";
  /** How long it has to stay so, seconds. */
  forSeconds: number;
}

/** What is worth waking somebody: every way in which events can come late or get lost. */
export function alarmRules(watched: Watched): AlarmRule[] {
  return [...deliveryRules(watched), ...functionRules(watched), ...exportRules(watched), ...endpointRules(watched)];
}

/** https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub */
function ofSubscription(name: Input<string>, metric: string): Output<string> {
  return output(name).apply((subscription_id) =>
    filterOf("pubsub_subscription", { subscription_id }, `pubsub.googleapis.com/subscription/${metric}`),
  );
}

/** https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run */
function ofService(name: Input<string>, metric: string, ...more: string[]): Output<string> {
  return output(name).apply((service_name) =>
    filterOf("cloud_run_revision", { service_name }, `run.googleapis.com/${metric}`, ...more),
  );
}

/** https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform */
function ofEndpoint(name: Input<string>, metric: string): Output<string> {
  const type = `aiplatform.googleapis.com/prediction/online/${metric}`;
  return output(name).apply((endpoint_id) => filterOf("aiplatform.googleapis.com/Endpoint", { endpoint_id }, type));
}

const WAITS = { align: "ALIGN_MAX", forSeconds: 120 } as const;
const HAPPENS = { align: "ALIGN_DELTA", above: 0, forSeconds: 0 } as const;
const KEEPS_HAPPENING = { ...HAPPENS, forSeconds: 120 } as const;

function deliveryRules({ push, hold }: Watched): AlarmRule[] {
  return [
    {
      ...WAITS,
      name: "late",
      description: "Messages wait for more than two minutes: raise `maxInstances`, or look for what fails.",
      severity: "ERROR",
      filter: ofSubscription(push, "oldest_unacked_message_age"),
      above: 120,
    },
    {
      ...HAPPENS,
      name: "given-up",
      description: "Messages are given up after their last attempt: see `sluice dead-letters list`.",
      severity: "ERROR",
      filter: ofSubscription(push, "dead_letter_message_count"),
    },
    {
      name: "dead-letters",
      description: "Dead letters wait: see `sluice dead-letters list`, and redrive them within 31 days.",
      severity: "WARNING",
      filter: ofSubscription(hold, "num_undelivered_messages"),
      align: "ALIGN_MAX",
      above: 0,
      forSeconds: 0,
    },
  ];
}

function functionRules({ function: name }: Watched): AlarmRule[] {
  return [
    {
      ...KEEPS_HAPPENING,
      name: "errors",
      description: "The function fails, crashes or runs out of time or memory: see its log.",
      severity: "ERROR",
      filter: ofService(name, "request_count", 'metric.labels.response_code_class="5xx"'),
    },
    {
      ...KEEPS_HAPPENING,
      name: "throttles",
      description:
        "Messages are refused for want of instances, and each refusal is an attempt: raise `maxInstances` or `minInstances`.",
      severity: "ERROR",
      filter: ofService(name, "request_count", 'metric.labels.response_code="429"'),
    },
  ];
}

/** A subscription that cannot write says nothing: its backlog grows. */
function exportRules({ archive, results, rejected }: Watched): AlarmRule[] {
  const rules: AlarmRule[] = [];
  if (archive !== undefined)
    rules.push({
      ...WAITS,
      name: "archive-late",
      description: "The archive is more than 20 minutes behind: see whether its account may still write to the bucket.",
      severity: "WARNING",
      filter: ofSubscription(archive, "oldest_unacked_message_age"),
      above: 1200,
    });
  if (results !== undefined)
    rules.push({
      ...WAITS,
      name: "results-late",
      description: "BigQuery is more than 10 minutes behind: see whether its account may still write to the table.",
      severity: "WARNING",
      filter: ofSubscription(results, "oldest_unacked_message_age"),
      above: 600,
    });
  if (rejected !== undefined)
    rules.push({
      name: "rejected",
      description:
        "BigQuery refuses rows: pull one from the subscription of rejected rows, and compare it with the table.",
      severity: "WARNING",
      filter: ofSubscription(rejected, "num_undelivered_messages"),
      align: "ALIGN_MAX",
      above: 0,
      forSeconds: 0,
    });
  return rules;
}

function endpointRules({ endpoint }: Watched): AlarmRule[] {
  if (endpoint === undefined) return [];
  const { type, name } = endpoint;
  const isVertex = type === "vertex";
  return [
    {
      name: "model-slow",
      description: "One request in a hundred takes the model more than half a second.",
      severity: "WARNING",
      filter: isVertex ? ofEndpoint(name, "prediction_latencies") : ofService(name, "request_latencies"),
      align: "ALIGN_PERCENTILE_99",
      above: 500,
      forSeconds: 300,
    },
    {
      ...KEEPS_HAPPENING,
      name: "model-errors",
      description: "The model server fails or refuses requests: see its log, and raise `endpointMaxInstances`.",
      severity: "ERROR",
      filter: isVertex
        ? ofEndpoint(name, "error_count")
        : ofService(name, "request_count", 'metric.labels.response_code_class!="2xx"'),
    },
  ];
}
