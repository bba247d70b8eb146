import { setTimeout as sleep } from "node:timers/promises";
import kinesalite from "kinesalite";
import type { Listener, ListenOptions } from "../listen";
import { embed } from "./embed";
import { jsonCall } from "./json-call";

/**
 * Kinesis Data Streams in this process, in memory (kinesalite). Enforced as in the service: 500 records and 5 MiB per
 * PutRecords, 1 MiB per record, keys of up to 256 characters, hash ranges, sequence numbers, iterators that expire.
 * Not enforced: throughput of a shard, calls per second, 10 MB per GetRecords. Not there: on-demand streams, resharding by
 * UpdateShardCount, enhanced fan-out. Clients need HTTP/1.1: `new NodeHttpHandler()` as request handler.
 */
export interface KinesisEmulator extends Listener {
  /** Resolves when the stream is active. */
  createStream(name: string, shards: number): Promise<void>;
}

/** Quota of a fresh account in the large regions, all streams together. */
const SHARD_LIMIT = 500;
const POLL_MS = 2;

export async function openKinesis(options: ListenOptions = {}): Promise<KinesisEmulator> {
  const server = kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: SHARD_LIMIT });
  const listener = await embed(server, options);
  const call = <Output>(operation: string, input: object) =>
    jsonCall<Output>({
      endpoint: listener.endpoint,
      version: "1.1",
      target: `Kinesis_20131202.${operation}`,
      input,
    });

  return {
    ...listener,
    createStream: async (name, shards) => {
      await call("CreateStream", { StreamName: name, ShardCount: shards });
      while (
        (await call<Summary>("DescribeStreamSummary", { StreamName: name })).StreamDescriptionSummary.StreamStatus !==
        "ACTIVE"
      ) {
        await sleep(POLL_MS);
      }
    },
  };
}

interface Summary {
  StreamDescriptionSummary: { StreamStatus: string };
}
