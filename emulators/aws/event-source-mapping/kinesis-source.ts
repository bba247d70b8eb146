import {
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Page, Position, ShardInfo, ShardReader, StreamRecord, StreamSource } from "./source";

export interface KinesisSourceOptions {
  /** Name of the stream. */
  stream: string;
  /** Default: what the SDK finds in the environment. */
  endpoint?: string | undefined;
  region?: string | undefined;
  client?: KinesisClient | undefined;
}

export interface KinesisSource extends StreamSource {
  /** Closes a client that was made here. */
  close(): void;
}

/** Reads any service that speaks Kinesis' protocol, emulators included. */
export function kinesisSource({ stream, endpoint, region, client: given }: KinesisSourceOptions): KinesisSource {
  let made: KinesisClient | undefined;
  const client = () => {
    if (given) return given;
    made ??= new KinesisClient({
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      // The SDK's default for Kinesis is HTTP/2, which emulators do not speak.
      requestHandler: new NodeHttpHandler({ requestTimeout: 10_000, throwOnRequestTimeout: true }),
    });
    return made;
  };

  return {
    shards: async (signal) => {
      const shards: ShardInfo[] = [];
      let token: string | undefined;
      do {
        const input = token === undefined ? { StreamName: stream } : { NextToken: token };
        const answer = await client().send(new ListShardsCommand(input), { abortSignal: signal });
        shards.push(...(answer.Shards ?? []).map(toShardInfo));
        token = answer.NextToken;
      } while (token !== undefined);
      return shards;
    },
    open: (shardId, from, signal) => openShard(client(), { stream, shardId }, from, signal),
    close: () => made?.destroy(),
  };
}

async function openShard(
  client: KinesisClient,
  place: { stream: string; shardId: string },
  from: Position,
  signal: AbortSignal,
): Promise<ShardReader> {
  const openedAt = Date.now();
  const iteratorAt = async (position: Position, abortSignal: AbortSignal) => {
    const input = { StreamName: place.stream, ShardId: place.shardId, ...iteratorInput(position) };
    return (await client.send(new GetShardIteratorCommand(input), { abortSignal })).ShardIterator;
  };
  let iterator = await iteratorAt(from, signal);
  let position: Position = from === "LATEST" ? { at: openedAt } : from;

  return {
    read: async (limit, abortSignal) => {
      if (iterator === undefined) return { records: [], behind: false, ended: true };
      let answer: GetRecordsCommandOutput;
      try {
        answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }), { abortSignal });
      } catch (thrown) {
        // An iterator lives for five minutes.
        if (thrown instanceof ExpiredIteratorException) iterator = await iteratorAt(position, abortSignal);
        throw thrown;
      }
      const page = toPage(answer, limit);
      iterator = answer.NextShardIterator;
      const last = page.records.at(-1);
      if (last) position = { after: last.sequenceNumber };
      return page;
    },
  };
}

function iteratorInput(position: Position): Pick<
  GetShardIteratorCommandInput,
  "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp"
> & {
  ShardIteratorType: NonNullable<GetShardIteratorCommandInput["ShardIteratorType"]>;
} {
  if (typeof position === "string") return { ShardIteratorType: position };
  if ("at" in position) return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(position.at) };
  return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: position.after };
}

function toPage(
  { Records = [], MillisBehindLatest = 0, NextShardIterator }: GetRecordsCommandOutput,
  limit: number,
): Page {
  const records: StreamRecord[] = Records.map((record) => ({
    sequenceNumber: record.SequenceNumber ?? "",
    partitionKey: record.PartitionKey ?? "",
    data: record.Data ?? new Uint8Array(0),
    arrivedAt: record.ApproximateArrivalTimestamp?.getTime() ?? Date.now(),
  }));
  return {
    records,
    behind: MillisBehindLatest > 0 || records.length >= limit,
    ended: NextShardIterator === undefined || NextShardIterator === null,
  };
}

function toShardInfo({ ShardId = "", ParentShardId, AdjacentParentShardId, SequenceNumberRange }: Shard): ShardInfo {
  const parents = [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined && parent !== null);
  return { shardId: ShardId, parents, closed: SequenceNumberRange?.EndingSequenceNumber !== undefined };
}
