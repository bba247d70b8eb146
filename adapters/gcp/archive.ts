import type { Clock, Random } from "../../shared/clock";
import { SluiceError } from "../../shared/errors";
import type { Archive, ArchivedMessage, ArchiveQuery, CallOptions } from "../../shared/ports";
import { readBlocks } from "../avro/container";
import { damaged } from "../damaged";
import { lazy } from "../lazy";
import { systemClock, systemRandom } from "../system";
import { mayHold, rangeOf } from "./archive/days";
import { createSorter } from "./archive/messages";
import { type Bucket, type ListedObject, listObjects, readPieces } from "./archive/objects";
import { type GcpClient, type GcpClientOptions, gcpClient } from "./client";
import { cancelled } from "./errors";
import { errorOf } from "./store/attempts";

export interface GcpArchiveOptions extends Omit<GcpClientOptions, "service" | "audience"> {
  bucket: string;
  /** In front of `YYYY/MM/DD/hh_mm_ssZ_<unique>.avro`. Default `raw/`. */
  prefix?: string | undefined;
  /** How far the subscription may have been behind: objects that were written later than that are not read. Default 1 day. */
  lateMs?: number | undefined;
  /** Calls in all for one request, the first included. Default 3. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: GcpClient | undefined;
}

export interface GcpArchive extends Archive {
  /** Made at its first use. */
  readonly client: GcpClient;
}

const DAY_MS = 86_400_000;

/** Nothing above retries a replay that has read half of a bucket. */
const MAX_ATTEMPTS = 3;

/**
 * Reads back what a Cloud Storage subscription keeps of the topic: Avro files with metadata, uncompressed or by deflate,
 * snappy or zstandard. In memory at once: the messages of one object, or 64 MB of them.
 *
 * A topic has no partitions and no order. Here a partition is an object, an offset the message's id, and `acceptedAt` the
 * time of publication, which does not go back within an object. The subscription writes at least once: an event may come
 * twice, and its id makes that harmless.
 *
 * @throws SluiceError `encoding`, after what can be read, at an object that is damaged; its name is in the coordinates.
 */
export function gcpArchive(options: GcpArchiveOptions): GcpArchive {
  const { prefix = "raw/", lateMs = DAY_MS, maxAttempts = MAX_ATTEMPTS } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const place = { stage: "archive", adapter: "gcp/archive", coordinates: { bucket: options.bucket } } as const;
  const client = lazy(() => options.client ?? gcpClient({ ...options, service: "storage" }));

  return {
    get client() {
      return client();
    },
    read: async function* (query: ArchiveQuery, { signal }: CallOptions = {}) {
      if (signal?.aborted) throw cancelled(place);
      const bucket: Bucket = { client: client(), name: options.bucket, place, clock, random, maxAttempts, signal };
      try {
        for await (const object of listObjects(bucket, prefix, rangeOf(prefix, query, lateMs))) {
          if (object.bytes === 0 || !mayHold(object.name, query, lateMs)) continue;
          for await (const message of readObject(bucket, object, query)) {
            if (signal?.aborted) throw cancelled(place);
            yield message;
          }
        }
      } catch (thrown) {
        throw errorOf(thrown, { place, signal });
      }
    },
    // Connections belong to the process: there is nothing to close.
    close: async () => {},
  };
}

/** What can be read of a damaged object comes before the error. */
async function* readObject(bucket: Bucket, object: ListedObject, query: ArchiveQuery): AsyncGenerator<ArchivedMessage> {
  const sorter = createSorter(object.name, query);
  try {
    for await (const block of readBlocks(readPieces(bucket, object))) {
      for (const record of block) {
        sorter.add(record);
        if (sorter.isFull()) yield* sorter.take();
      }
    }
  } catch (thrown) {
    // A service that fails says so itself.
    if (thrown instanceof SluiceError) throw thrown;
    yield* sorter.take();
    throw damaged(thrown, bucket.place, object.name);
  }
  yield* sorter.take();
}
