import type { AwsHandlerResult } from "./aws-handler";
import type { AwsStartResult } from "./aws-start";
import type { AzureStartResult } from "./azure-start";
import type { AzureStoreResult } from "./azure-store";
import type { CoreResult, Reference } from "./core";
import type { GcpBatchingResult } from "./gcp-batching";
import type { GcpStartResult } from "./gcp-start";
import type { GcpStoreResult } from "./gcp-store";
import type { InferenceResult } from "./inference";
import type { FlatResult, RunResult, ScaleResult } from "./local";
import { median } from "./measure";

export interface AwsResult {
  start: AwsStartResult;
  handler: AwsHandlerResult;
}

export interface GcpResult {
  start: GcpStartResult;
  batching: GcpBatchingResult;
  store: GcpStoreResult;
}

export interface AzureResult {
  start: AzureStartResult;
  store: AzureStoreResult;
}

export interface Results {
  core: CoreResult[];
  inference: InferenceResult[];
  run: RunResult;
  scale: ScaleResult;
  flat: FlatResult;
  aws: AwsResult;
  gcp: GcpResult;
  azure: AzureResult;
}

export interface Target {
  name: string;
  /** At least this, unless `atMost`. */
  bound: number;
  atMost?: boolean;
  measured: number;
}

/** What Sluice has set itself, as ratios of one run; absolute times belong to a machine, ratios to the code. */
export function targets(results: Results): Target[] {
  const { core, inference, run, scale, flat, aws, gcp, azure } = results;
  // The peers are compared on the event in the middle, half a kilobyte of named fields, at the three sizes of batch; the
  // table has the others.
  const middle = core.filter(({ shape }) => shape === "m");
  const against = (peer: Reference) => median(middle.map((result) => result.against[peer].ratio));
  const [, early, late] = flat.at;
  return [
    ...core.map(({ shape, records, against }) => ({
      name: `core, ${records} events of shape ${shape}, against the hand-written loop`,
      bound: 0.9,
      measured: against.hand.ratio,
    })),
    { name: "core against Powertools batch at its best", bound: 1.7, measured: against("powertools") },
    {
      name: "core against Powertools batch as documented",
      bound: 5,
      measured: against("powertoolsPerRecord"),
    },
    { name: "core against middy with its event normalizer", bound: 1.25, measured: against("middy") },
    ...inference
      .filter(({ batch }) => batch >= 100)
      .map(({ batch, against }) => ({
        name: `inference of ${batch} rows against onnxruntime-node`,
        bound: 0.95,
        measured: against.ratio,
      })),
    { name: "sluice run against appending the same rows", bound: 0.5, measured: run.ratio },
    { name: "two worker processes against one", bound: 1.7, measured: scale.ratio },
    { name: "time per event at 10^6 events against 10^5", bound: 1.1, atMost: true, measured: late!.us / early!.us },
    { name: "memory at 10^6 events against 10^5", bound: 1.1, atMost: true, measured: late!.rssMb / early!.rssMb },
    ...awsTargets(aws),
    ...gcpTargets(gcp),
    ...azureTargets(azure),
  ];
}

function awsTargets({ start, handler }: AwsResult): Target[] {
  const atMost = true;
  return [
    { name: "AWS, start to handler, the SDK unbundled", bound: 0.5, atMost, measured: start.againstUnbundled },
    { name: "AWS, start to handler, a default bundle", bound: 0.75, atMost, measured: start.againstBundled },
    { name: "AWS, start to first batch, a raw program", bound: 1.45, atMost, measured: start.againstRaw },
    { name: "AWS handler, event to rows, against the core", bound: 0.9, measured: handler.rows.ratio },
  ];
}

function gcpTargets({ start, batching, store }: GcpResult): Target[] {
  const atMost = true;
  return [
    { name: "GCP, start to handler, the client libraries", bound: 0.1, atMost, measured: start.againstClients },
    { name: "GCP, memory without the model, MB", bound: 70, atMost, measured: start.rssMb.own },
    { name: "GCP, 80 at a time with calls joined", bound: 6, measured: batching.throughput },
    { name: "GCP, latency when idle with calls joined", bound: 1.1, atMost, measured: batching.idle },
    { name: "GCP, CPU of a stored row, BulkWriter", bound: 0.5, atMost, measured: store.ratio },
  ];
}

function azureTargets({ start, store }: AzureResult): Target[] {
  const atMost = true;
  return [
    { name: "Azure, start to handler, the SDKs", bound: 0.35, atMost, measured: start.againstSdks },
    { name: "Azure, 100 documents, executeBulkOperations", bound: 0.05, atMost, measured: store.wall },
    { name: "Azure, CPU of a document, items.bulk", bound: 0.6, atMost, measured: store.cpu },
  ];
}

export function isMet({ bound, atMost, measured }: Target): boolean {
  return atMost ? measured <= bound : measured >= bound;
}
