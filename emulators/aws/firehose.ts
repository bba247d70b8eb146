import { randomUUID } from "node:crypto";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import { createBuffer } from "./firehose/buffer";
import { deliver } from "./firehose/delivery";
import { createReader } from "./firehose/reader";

export interface FirehoseOptions {
  /** Endpoints of the services that it reads from and writes to. */
  kinesis: string;
  s3: string;
  stream: string;
  bucket: string;
  /** Name of the delivery stream, part of each key. Default: the stream's. */
  name?: string | undefined;
  /** Default `raw/`; the hour and the name follow. */
  prefix?: string | undefined;
  /** An object is written when its buffer holds this many bytes, before compression. Default 64 MiB. */
  bufferBytes?: number | undefined;
  /** Or when its first record is this old. Default 300,000. */
  bufferMs?: number | undefined;
  /** Pause between two looks at the stream. Default 1000. */
  pollMs?: number | undefined;
  clock?: Clock | undefined;
}

/**
 * A delivery stream of Firehose: an independent reader of a Kinesis stream, from its beginning, that writes what it reads as
 * compressed lines to S3. Each record ends with a line break; the order of a shard is kept. A write that fails is tried
 * again under the same key until it succeeds, and nothing is written before it.
 */
export interface FirehoseEmulator {
  /** Resolves when all that is in the stream now is durable. */
  flush(): Promise<void>;
  /** Keys that were written, in order. */
  readonly objects: readonly string[];
  /** Stops at once. What is not delivered yet is not: flush before. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
/** The emulators look for the form of a signature only. */
const LOCAL = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts: 1 };

export function openFirehose(options: FirehoseOptions): FirehoseEmulator {
  const { stream, bucket, name = stream, prefix = "raw/", bufferBytes = 64 * MIB, bufferMs = 300_000 } = options;
  const { pollMs = 1000, clock = systemClock } = options;
  // The Kinesis client speaks HTTP/2 unless told otherwise; the emulators speak HTTP/1.1.
  const kinesis = new KinesisClient({ ...LOCAL, endpoint: options.kinesis, requestHandler: new NodeHttpHandler() });
  const s3 = new S3Client({ ...LOCAL, endpoint: options.s3, forcePathStyle: true });
  const reader = createReader(kinesis, stream);
  const buffer = createBuffer(clock);
  const objects: string[] = [];
  const stopped = new AbortController();
  const { signal } = stopped;

  const write = async () => {
    const batch = buffer.take();
    if (batch === undefined) return;
    const key = `${prefix}${keyOf(name, batch.oldest)}`;
    await deliver({ s3, bucket, key, lines: batch.lines, clock, signal, pauseMs: pollMs });
    objects.push(key);
  };
  /** Reads what there is; writes what is full or old, or all of it. */
  const round = async (all: boolean) => {
    for (let records = await reader.next(signal); records.length > 0; records = await reader.next(signal)) {
      for (const record of records) {
        buffer.add(record);
        if (buffer.bytes() >= bufferBytes) await write();
      }
    }
    if (all || buffer.age() >= bufferMs) await write();
  };

  // One round at a time, in turn: rounds of the clock and of `flush` share the buffer and the place in the stream.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (all: boolean) => {
    const run = turn.then(() => round(all));
    turn = run.catch(() => undefined);
    return run;
  };
  const running = (async () => {
    while (!signal.aborted) {
      // A stream that cannot be read now is read in the next round.
      await inTurn(false).catch(() => undefined);
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  })();

  return {
    flush: () => inTurn(true),
    objects,
    close: async () => {
      stopped.abort();
      await Promise.all([running, turn]);
      kinesis.destroy();
      s3.destroy();
    },
  };
}

/** As Firehose names its objects: by the hour and the second of the oldest record, in UTC, with version 1 of the delivery stream. */
function keyOf(name: string, oldest: number): string {
  const [date = "", time = ""] = new Date(oldest).toISOString().split(/[T.]/);
  const second = time.replaceAll(":", "-");
  return `dt=${date}/hh=${time.slice(0, 2)}/${name}-1-${date}-${second}-${randomUUID()}.jsonl.gz`;
}
