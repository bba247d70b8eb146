import { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../../shared/clock";
import { decodeUtf8 } from "../../shared/guards";
import type { Archive, ArchivedMessage, ArchiveQuery, CallOptions } from "../../shared/ports";
import { type ListedObject, listObjects } from "../objects";
import { systemClock } from "../system";
import { decompressed, readBytes } from "./archive/bytes";
import { listingOf, partitionOfKey, type Span, spanOf } from "./archive/hours";
import { recordLines } from "./archive/lines";
import { createScanner, type Scanned } from "./archive/messages";
import { type Bucket, bucketObjects } from "./archive/objects";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import { awsError, cancelled, type ErrorPlace } from "./errors";

export interface AwsArchiveOptions extends ClientOptions {
  bucket: string;
  /** In front of `dt=YYYY-MM-DD/hh=HH/`. Default `raw/`. */
  prefix?: string | undefined;
  clock?: Clock | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: S3Client | undefined;
}

export interface AwsArchive extends Archive {
  /** Made at its first use. */
  readonly client: S3Client;
}

interface Call {
  place: ErrorPlace;
  clock: Clock;
  signal: AbortSignal | undefined;
}

const PLACE = { stage: "archive", adapter: "aws/archive" } as const;

/** Enough for an object of many gigabytes, so that offsets sort. */
const LINE_DIGITS = 10;

/**
 * Reads back what Firehose keeps of the stream: lines, with gzip or without, in objects by the hour. In memory at once: a
 * message and a piece of an object.
 *
 * Firehose does not say which shard a record came from, so a partition is an hour's folder, and an offset the object's name
 * with the number of the line. `acceptedAt` is an envelope's own time, unless that does not fit the hour, and else the time
 * in the object's name, so up to 15 minutes off. Firehose delivers at least once: an event may come twice, and its id makes
 * that harmless.
 *
 * @throws SluiceError `encoding`, after what can be read, at an object that is damaged; its key is in the coordinates.
 */
export function awsArchive(options: AwsArchiveOptions): AwsArchive {
  const { prefix = "raw/", clock = systemClock } = options;
  const client = lazyClient(options.client, () => new S3Client(clientConfig(options)));
  const place = { ...PLACE, coordinates: { bucket: options.bucket } };

  return {
    get client() {
      return client.get();
    },
    read: async function* (query: ArchiveQuery, { signal }: CallOptions = {}) {
      if (signal?.aborted) throw cancelled(place);
      const bucket: Bucket = { client: client.get(), name: options.bucket };
      try {
        for await (const message of readArchive(bucket, prefix, query, { place, clock, signal })) {
          if (signal?.aborted) throw cancelled(place);
          yield message;
        }
      } catch (thrown) {
        throw signal?.aborted ? cancelled(place) : awsError(thrown, place);
      }
    },
    close: client.close,
  };
}

async function* readArchive(
  bucket: Bucket,
  prefix: string,
  query: ArchiveQuery,
  call: Call,
): AsyncGenerator<ArchivedMessage> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  const { end, ...listing } = listingOf(prefix, query);
  let partition = "";
  let latest = Number.NEGATIVE_INFINITY;
  for await (const page of listObjects(bucketObjects(bucket), listing, call.signal)) {
    for (const object of page) {
      if (end !== undefined && object.key >= end) return;
      const folder = partitionOfKey(object.key);
      if (folder !== partition) latest = Number.NEGATIVE_INFINITY;
      partition = folder;
      const span = spanOf(object.key, object.modifiedAt);
      if (object.bytes === 0 || span.to < from || span.from >= to) continue;
      for await (const messages of readObject(bucket, object, call)) {
        for (const message of messages) {
          // Records of several shards and producers are mixed; within a partition time does not go back.
          latest = Math.max(latest, acceptedAt(message, span));
          if (latest >= from && latest < to) yield archived(message, object.key, partition, latest);
        }
      }
    }
  }
}

async function* readObject(
  bucket: Bucket,
  object: ListedObject,
  { place, clock, signal }: Call,
): AsyncGenerator<Scanned[]> {
  const here = { ...place, coordinates: { ...place.coordinates, key: object.key } };
  const scanner = createScanner();
  const bytes = decompressed(readBytes(bucket, object, here, clock, signal), here);
  for await (const lines of recordLines(bytes, here)) yield lines.flatMap((line) => scanner.add(line));
  yield scanner.end();
}

function acceptedAt({ publishedAt }: Scanned, { from, to, usual }: Span): number {
  return publishedAt !== undefined && publishedAt >= from && publishedAt <= to ? publishedAt : usual;
}

function archived({ body, line }: Scanned, key: string, partition: string, time: number): ArchivedMessage {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return {
    body: decodeUtf8(body) ?? body,
    partition,
    offset: `${name}#${String(line).padStart(LINE_DIGITS, "0")}`,
    acceptedAt: time,
  };
}
