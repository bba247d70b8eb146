import type { KinesisStreamRecord } from "aws-lambda";
import { createEngine, type Delivery, decodeBase64Text, type Pipeline, type Store } from "sluice";
import { onnxInfer } from "../adapters/onnx";
import { systemClock, systemRandom } from "../adapters/system";
import { middyHandler, powertoolsBatched, powertoolsPerRecord } from "./core-peers";
import { bareLoop, handLoop, openSession } from "./hand";
import { type Compared, type CompareOptions, type Contender, compare } from "./measure";
import { script } from "./spawn";
import { events, pipelineFor, type Shape } from "./workload";

export interface CoreResult {
  shape: Shape;
  records: number;
  /** Mean length of an event's JSON, bytes. */
  bytes: number;
  /** Sluice against each reference. */
  against: Record<Reference, Compared>;
}

export const REFERENCES = ["hand", "bare", "powertools", "powertoolsPerRecord", "middy"] as const;

export type Reference = (typeof REFERENCES)[number];

/** What a function is handed: an array of base64 records from one shard. All contenders get the same one. */
export interface StreamEvent {
  Records: KinesisStreamRecord[];
}

/** The batches of the table: all sizes of batch with the middle event, all sizes of event with the middle batch. */
const CASES: readonly [Shape, number][] = [
  ["m", 100],
  ["m", 500],
  ["m", 1_000],
  ["s", 500],
  ["l", 500],
];

/** The whole handler on one batch in memory: base64 and JSON in, predictions to a store that keeps nothing, partial-failure answer out. */
export async function benchCore(
  onCase: (result: CoreResult) => void,
  options: Omit<CompareOptions, "items"> = {},
): Promise<void> {
  for (const [shape, records] of CASES) {
    // A process each, as a function has one pipeline: V8 specializes the engine's code for the first that it sees.
    const answer = await script("core-case.ts", [shape, String(records), JSON.stringify(options)]);
    onCase(JSON.parse(answer) as CoreResult);
  }
}

/** One case, in this process. */
export async function benchCase(
  shape: Shape,
  records: number,
  options: Omit<CompareOptions, "items">,
): Promise<CoreResult> {
  const bodies = events(shape, records);
  const event = streamEvent(bodies);
  const pipeline = pipelineFor(shape);
  const session = await openSession();
  const sluice = sluiceHandler(pipeline);
  const references: Record<Reference, Contender> = {
    hand: () => handLoop(shape, session, event),
    bare: () => bareLoop(shape, session, event),
    powertools: powertoolsBatched(shape, session, event),
    powertoolsPerRecord: powertoolsPerRecord(shape, session, event),
    middy: middyHandler(shape, session, event),
  };
  const own = () => sluice(event);
  await sameAnswers({ ...references, sluice: own });
  const against = {} as Record<Reference, Compared>;
  for (const name of REFERENCES) against[name] = await compare(references[name], own, { items: records, ...options });
  const bytes = Math.round(bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) / records);
  return { shape, records, bytes, against };
}

export function sluiceHandler(pipeline: Pipeline): (event: StreamEvent) => Promise<number> {
  let rows = 0;
  const engine = createEngine({
    pipeline,
    infer: onnxInfer({ pipeline, baseDir: __dirname }),
    store: forgetful((count) => {
      rows += count;
    }),
    deadLetters: {
      capabilities: { payload: true, maxEventBytes: 1e6 },
      put: async () => {},
      list: async function* () {},
      take: async () => 0,
      close: async () => {},
    },
    clock: systemClock,
    random: systemRandom,
  });
  return async ({ Records }) => {
    const delivery: Delivery = {
      source: "bench",
      partition: "0",
      messages: Records.map(({ kinesis }) => ({
        body: decodeBase64Text(kinesis.data) ?? "",
        offset: kinesis.sequenceNumber,
      })),
      ordered: true,
      attempt: 1,
      lastAttempt: false,
    };
    rows = 0;
    const { firstRetry } = await engine.processBatch(delivery);
    return firstRetry === -1 ? rows : -1;
  };
}

/** Keeps nothing; says how many rows came. */
export function forgetful(told: (rows: number) => void): Store {
  return {
    capabilities: { idempotency: "first-wins", reportsDuplicates: true, query: false },
    write: async ({ count }) => {
      told(count);
      return { duplicates: [], failures: [] };
    },
    read: async () => undefined,
    close: async () => {},
  };
}

/** A contender that does less work would win for the wrong reason. */
async function sameAnswers(contenders: Record<string, () => unknown>): Promise<void> {
  const answers = await Promise.all(
    Object.entries(contenders).map(async ([name, run]) => [name, await run()] as const),
  );
  const expected = answers[0]![1];
  for (const [name, answer] of answers)
    if (answer !== expected) throw new Error(`${name} stored ${answer} rows, the hand-written loop ${expected}`);
}

export function streamEvent(bodies: readonly string[]): StreamEvent {
  const eventSourceARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/bench";
  return {
    Records: bodies.map((body, i) => ({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: `dev-${i % 500}`,
        sequenceNumber: `4959033827149025660855969253836157109592157598${String(i).padStart(10, "0")}`,
        data: Buffer.from(body).toString("base64"),
        approximateArrivalTimestamp: 1_763_800_000.987,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `shardId-000000000000:${i}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::000000000000:role/bench",
      awsRegion: "eu-west-1",
      eventSourceARN,
    })),
  };
}
