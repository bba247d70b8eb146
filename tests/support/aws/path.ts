import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import type { KinesisStreamEvent } from "aws-lambda";
import type { Clock, DeadLetter, Infer, Pipeline, Random, StoredPrediction, Telemetry } from "sluice";
import { clientConfig } from "../../../adapters/aws/client";
import { awsDeadLetters } from "../../../adapters/aws/deadletter";
import { type AwsIngestOptions, awsIngest } from "../../../adapters/aws/ingest";
import { awsStore } from "../../../adapters/aws/store";
import { systemClock } from "../../../adapters/system";
import {
  createEventSourceMapping,
  type EventSourceMapping,
  type EventSourceMappingSettings,
  kinesisSource,
} from "../../../emulators/aws/event-source-mapping";
import { createHandler, type Handler } from "../../../functions/aws/compose";
import { MAPPING } from "../../../functions/aws/mapping";
import type { Settings } from "../../../functions/aws/settings";
import { memoryInfer } from "../memory";
import { all, testPipeline } from "../records";
import type { AwsServices, ServiceName } from "./services";

export interface PathOptions {
  pipeline?: Pipeline;
  /** Default 1. */
  shards?: number;
  clock?: Clock;
  random?: Random;
  /** Differences from the stack's own settings. */
  settings?: Partial<EventSourceMappingSettings>;
  /** The mapping's first and longest wait between retries, milliseconds. Default: hardly any. */
  retryMs?: { base: number; cap: number };
  /** Default: a model in memory. */
  infer?: Infer;
  /** Differences from a function with a table, a bucket and a bus. */
  functionSettings?: Partial<Settings>;
  /** Of the function, milliseconds. Default 60,000. */
  timeoutMs?: number;
  telemetry?: Telemetry;
  /** Of the producer. */
  producer?: Partial<AwsIngestOptions>;
  /** Stands between the mapping and the handler. */
  around?: (event: KinesisStreamEvent, run: () => ReturnType<Handler>) => Promise<unknown>;
  /** The function, instead of the handler in this process. */
  invoke?: (event: KinesisStreamEvent) => Promise<unknown>;
}

/** A deployed pipeline on emulated services: producer, stream, mapping, handler, stores. */
export interface AwsPath {
  readonly names: { stream: string; table: string; bucket: string; bus: string };
  readonly ingest: ReturnType<typeof awsIngest>;
  readonly mapping: EventSourceMapping;
  /** Starts the mapping and waits until everything that is in the stream is processed or given up. */
  run(): Promise<void>;
  stored(): Promise<StoredPrediction[]>;
  letters(): Promise<DeadLetter[]>;
  /** Actions as they arrived, with repeats. */
  actions(): { id: string; eventId: string; key: string }[];
  readonly deadLetters: ReturnType<typeof awsDeadLetters>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const ACCOUNT = "000000000000";

export async function openPath(services: AwsServices, options: PathOptions = {}): Promise<AwsPath> {
  const { pipeline = testPipeline, clock = systemClock, random = Math.random, shards = 1 } = options;
  const { infer = memoryInfer(), telemetry = () => {}, timeoutMs = TIMEOUT_MS } = options;
  const id = randomUUID();
  const names = { stream: `s-${id}`, table: `t-${id}`, bucket: `b-${id}`, bus: `bus-${id}` };
  await services.provision({ ...names, shards });
  const direct = (service: ServiceName) => ({ region: "us-east-1", endpoint: services.services[service].endpoint });

  const clients = {
    dynamodb: new DynamoDBClient(clientConfig(services.client("dynamodb"))),
    s3: new S3Client(clientConfig(services.client("s3"))),
    eventbridge: new EventBridgeClient(clientConfig(services.client("eventbridge"))),
  };
  const settings = {
    ...{ table: names.table, bucket: names.bucket, bus: names.bus, endpoint: undefined },
    ...{ ttlDays: undefined, ndjsonPrefix: undefined, latest: false },
    ...options.functionSettings,
  };
  const handler = await createHandler({ pipeline, settings, infer, clients, clock, random, telemetry });
  const inProcess = (event: KinesisStreamEvent) => {
    const deadline = clock.now() + timeoutMs;
    const run = () => handler(event, { getRemainingTimeInMillis: () => deadline - clock.now() });
    return options.around ? options.around(event, run) : run();
  };

  const source = kinesisSource({ stream: names.stream, ...direct("kinesis") });
  const mapping = createEventSourceMapping({
    streamArn: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${names.stream}`,
    source,
    invoke: options.invoke ?? inProcess,
    settings: {
      ...MAPPING,
      destinationConfig: { onFailure: { destination: `arn:aws:s3:::${names.bucket}` } },
      ...options.settings,
    },
    onFailure: async (key, body) => {
      const answer = await fetch(`${services.endpoints.s3}/${names.bucket}/${key}`, { method: "PUT", body });
      if (!answer.ok) throw new Error(`S3 answered ${answer.status}.`);
    },
    functionTimeoutMs: timeoutMs,
    clock,
    random,
    // As seldom as the service looks, a test would mostly wait.
    pollMs: 5,
    retryMs: options.retryMs ?? { base: 5, cap: 50 },
  });
  const deadLetters = awsDeadLetters({ ...direct("s3"), bucket: names.bucket });
  const store = awsStore({ ...direct("dynamodb"), table: names.table });

  return {
    names,
    ingest: awsIngest({ ...services.client("kinesis"), ...options.producer, stream: names.stream, clock, random }),
    mapping,
    run: () => mapping.runUntilIdle(),
    stored: () => all(store.query({ limit: 100_000 })),
    letters: () => all(deadLetters.list({ limit: 100_000 })),
    actions: () => services.services.eventbridge.events(names.bus).map(({ detail }) => detail as never),
    deadLetters,
    close: async () => {
      await mapping.stop();
      source.close();
      for (const client of Object.values(clients)) client.destroy();
      await deadLetters.close();
      await store.close();
    },
  };
}
