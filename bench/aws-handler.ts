import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { onnxInfer } from "../adapters/onnx";
import { createHandler, type Handler, type HandlerOptions } from "../functions/aws/compose";
import { forgetful, type StreamEvent, sluiceHandler, streamEvent } from "./core";
import { type Compared, median } from "./measure";
import { script } from "./spawn";
import { events, pipelineFor, type Shape } from "./workload";

export interface AwsHandlerResult {
  records: number;
  /** The core alone / the function with the same store that keeps nothing: from Lambda's event to rows, and to its answer. */
  rows: Compared;
  /** The core alone / the function with its own store, up to a DynamoDB client that answers at once. */
  items: Compared;
}

/** The core alone, or how much of the function. */
export type Part = "core" | "rows" | "items";

const PARTS: readonly Part[] = ["core", "rows", "items"];
const SHAPE: Shape = "m";
const RECORDS = 100;
const PLENTY = { getRemainingTimeInMillis: () => 60_000 };

/** The function's own CPU time per event, without any network. Each part has processes of its own, as a function has. */
export async function benchAwsHandler({ rounds = 7, sliceMs = 30 } = {}): Promise<AwsHandlerResult> {
  const times: Record<Part, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const time = {} as Record<Part, number>;
    for (const part of round % 2 === 0 ? PARTS : PARTS.toReversed())
      time[part] = Number(await script("aws-handler-case.ts", [part, String(sliceMs)]));
    times.push(time);
  }
  const compared = (part: Part): Compared => ({
    referenceUs: median(times.map(({ core }) => core)),
    ownUs: median(times.map((time) => time[part])),
    ratio: median(times.map((time) => time.core / time[part])),
  });
  return { records: RECORDS, rows: compared("rows"), items: compared("items") };
}

/** CPU time of one part in this process, microseconds per event: the median of slices, once it is warm. */
export async function benchPart(part: Part, sliceMs: number): Promise<number> {
  const event = streamEvent(events(SHAPE, RECORDS));
  let stored = 0;
  const told = (count: number) => {
    stored += count;
  };
  const run = part === "core" ? coreAlone(told) : await openFunction(part, told);
  await run(event, PLENTY);
  if (stored !== RECORDS) throw new Error(`${stored} of ${RECORDS} events were stored`);
  const slices: number[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    let calls = 0;
    for (; performance.now() - startedAt < sliceMs; calls++) await run(event, PLENTY);
    const { user, system } = process.cpuUsage(before);
    slices.push((user + system) / (calls * RECORDS));
  }
  return median(slices.slice(SLICES / 4));
}

const SLICES = 40;

function coreAlone(told: (rows: number) => void): (event: StreamEvent) => Promise<unknown> {
  const core = sluiceHandler(pipelineFor(SHAPE));
  return async (event) => told(await core(event));
}

function openFunction(part: Part, told: (rows: number) => void): Promise<Handler> {
  const replaced = part === "rows" ? { store: forgetful(told) } : { clients: willing(told) };
  const pipeline = pipelineFor(SHAPE);
  const nothing = { bus: undefined, endpoint: undefined, ttlDays: undefined, ndjsonPrefix: undefined, latest: false };
  return createHandler({
    pipeline,
    settings: { table: "predictions", bucket: "letters", ...nothing },
    infer: onnxInfer({ pipeline, baseDir: __dirname }),
    telemetry: () => {},
    ...replaced,
  });
}

/** A client of a table that takes everything at once. */
function willing(told: (items: number) => void): NonNullable<HandlerOptions["clients"]> {
  const send = async ({ input }: { input: { RequestItems: Record<string, unknown[]> } }) => {
    told(input.RequestItems["predictions"]?.length ?? 0);
    return {};
  };
  return { dynamodb: { send, destroy: () => {} } as unknown as DynamoDBClient };
}
