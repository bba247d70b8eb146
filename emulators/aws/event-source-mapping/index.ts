import type { Clock, Random } from "../../../shared/clock";
import { systemClock, systemRandom } from "../../clock";
import { createBackoff } from "./backoff";
import type { Invoke, MappingContext, OnFailure } from "./batch";
import { uuid } from "./failure";
import { type EventSourceMappingSettings, InvalidParameterValueException, resolveSettings } from "./settings";
import { createShardTree } from "./shard-tree";
import type { StreamSource } from "./source";
import { emptyStats, type MappingStats } from "./stats";

export interface EventSourceMappingOptions {
  streamArn: string;
  source: StreamSource;
  invoke: Invoke;
  settings: EventSourceMappingSettings;
  /** Writes to the on-failure destination. Without it, discarded records are gone. */
  onFailure?: OnFailure | undefined;
  /** Handed to `invoke`. Default 60,000. */
  functionTimeoutMs?: number | undefined;
  /** Default: a function of the stream's account and region. */
  functionArn?: string | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** How often a shard is looked at that had nothing more. The service's own base rate is 1,000, the default. */
  pollMs?: number | undefined;
  /** First and longest wait between retries. Default 1,000 and 60,000. */
  retryMs?: { base: number; cap: number } | undefined;
}

export interface EventSourceMapping {
  /** The mapping's UUID, part of the names in the destination. */
  readonly id: string;
  readonly stats: Readonly<MappingStats>;
  /** Reads on from the checkpoints. */
  start(): void;
  /** Lets running invocations finish, and drops what is read ahead: it comes again after the next start. */
  stop(): Promise<void>;
  /** Resolves when every record that is in the stream now is processed or given up. */
  drained(): Promise<void>;
  /** Start, drain, stop. With a manual clock whose time passes by itself, a whole simulation. */
  runUntilIdle(): Promise<void>;
  /** Whether everything that was there at the last look is processed or given up. */
  isDrained(): boolean;
  /** Per shard, the sequence number up to which everything is done. */
  checkpoints(): Readonly<Record<string, string>>;
}

/**
 * Lambda's event source mapping for a Kinesis stream, by its documented rules: batches, order per shard or key, retries,
 * bisecting, partial answers, on-failure destination, resharding. Not emulated: filters, tumbling windows, enhanced
 * fan-out, expiry of records by the stream's retention, and that the service may join discarded batches into one object.
 *
 * @throws InvalidParameterValueException for settings that the service refuses.
 */
export function createEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const { streamArn, source, pollMs = 1_000, retryMs = { base: 1_000, cap: 60_000 } } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const [, partition = "aws", , region = "us-east-1", account = "000000000000"] = streamArn.split(":");
  const settings = resolveSettings(options.settings);
  if (options.settings.destinationConfig?.onFailure && !options.onFailure) {
    throw new InvalidParameterValueException("DestinationConfig.OnFailure is set, but there is no onFailure to call.");
  }
  const context: MappingContext = {
    id: uuid(random),
    settings,
    origin: {
      streamArn,
      region,
      roleArn: `arn:${partition}:iam::${account}:role/lambda-role`,
      functionArn: options.functionArn ?? `arn:${partition}:lambda:${region}:${account}:function:function`,
    },
    invoke: options.invoke,
    functionTimeoutMs: options.functionTimeoutMs ?? 60_000,
    onFailure: options.onFailure,
    clock,
    random,
    backoff: createBackoff(clock, random, { baseMs: retryMs.base, capMs: retryMs.cap }),
    stats: emptyStats(),
  };
  const tree = createShardTree({ source, context, pollMs });

  const mapping: EventSourceMapping = {
    id: context.id,
    stats: context.stats,
    start: tree.start,
    stop: tree.stop,
    drained: tree.drained,
    runUntilIdle: async () => {
      tree.start();
      try {
        await tree.drained();
      } finally {
        await tree.stop();
      }
    },
    isDrained: tree.isDrained,
    checkpoints: tree.checkpoints,
  };
  return mapping;
}

export type { Invoke, OnFailure } from "./batch";
export { type KinesisSource, type KinesisSourceOptions, kinesisSource } from "./kinesis-source";
export { type MemoryStream, type MemoryStreamOptions, memoryStream } from "./memory-stream";
export { type EventSourceMappingSettings, InvalidParameterValueException } from "./settings";
export type { Page, Position, ShardInfo, ShardReader, StreamRecord, StreamSource } from "./source";
export type { MappingStats } from "./stats";
