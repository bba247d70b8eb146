import { S3Client } from "@aws-sdk/client-s3";
import type { Clock, Random } from "../../shared/clock";
import type { DeadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { CallOptions, DeadLetterFilter, DeadLetterStore } from "../../shared/ports";
import { attempting } from "../attempts";
import { guarded } from "../guarded";
import { lazy } from "../lazy";
import { systemClock, systemRandom } from "../system";
import { type Bucket, bucketObjects } from "./archive/objects";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import type { Box } from "./deadletter/box";
import { findLetter } from "./deadletter/find";
import { listLetters } from "./deadletter/list";
import { type PutContext, putLetters } from "./deadletter/put";
import { takeLetters } from "./deadletter/take";
import { awsError } from "./errors";

export interface AwsDeadLettersOptions extends ClientOptions {
  bucket: string;
  /** Where our letters are. Default `dead-letters/`. */
  prefix?: string | undefined;
  /** Where event source mappings write what they give up on: AWS names it. Default `aws/lambda/`. */
  onFailurePrefix?: string | undefined;
  /** The pipeline named in letters of such objects. Default: none. */
  pipeline?: string | undefined;
  /** Told of objects that hold no letter that could be read; they stay. */
  onUnreadable?: ((key: string, why: string) => void) | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: S3Client | undefined;
}

export interface AwsDeadLetters extends DeadLetterStore {
  /** Made at its first use. */
  readonly client: S3Client;
  get(id: string, options?: CallOptions): Promise<DeadLetter | undefined>;
}

const PLACE = { stage: "deadletter", adapter: "aws/deadletter" } as const;

/** Kinesis takes no longer record. S3 would take far more, but a letter is in memory as a whole. */
const MAX_EVENT_BYTES = 10 * 1024 * 1024;

/**
 * Dead letters as one S3 object each, and what Lambda's event source mapping gave up on: an object per batch, of which
 * every record is one letter, with all its events where it carries many.
 *
 * `list` is in order of `failedAt` as far as the letters of each partition failed in the order of their offsets. A letter
 * that two processes take at once, or whose taking was interrupted, can come again: its event's id makes that harmless.
 */
export function awsDeadLetters(options: AwsDeadLettersOptions): AwsDeadLetters {
  const { prefix = "dead-letters/", clock = systemClock, random = systemRandom } = options;
  const place = { ...PLACE, coordinates: { bucket: options.bucket } };
  const client = lazyClient(options.client, () => new S3Client(clientConfig(options)));
  const { run, each } = guarded(place, attempting(awsError).errorOf);

  const box = lazy((): Box => {
    const bucket: Bucket = { client: client.get(), name: options.bucket };
    return {
      bucket,
      objects: bucketObjects(bucket),
      prefix,
      onFailurePrefix: options.onFailurePrefix ?? "aws/lambda/",
      pipeline: options.pipeline ?? "",
      own: new Map(),
      given: new Map(),
      onUnreadable: options.onUnreadable ?? (() => {}),
    };
  });
  const context = (signal: AbortSignal | undefined): PutContext => ({
    bucket: box().bucket,
    prefix,
    place,
    clock,
    random,
    signal,
  });

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    get client() {
      return client.get();
    },

    put: (letters: readonly DeadLetter[], { signal }: CallOptions = {}) =>
      run(signal, async () => {
        for (const { body } of letters) if (body.length > MAX_EVENT_BYTES) throw tooLong();
        await putLetters(letters, context(signal));
      }),

    list: async function* (filter: DeadLetterFilter, { signal }: CallOptions = {}) {
      if (filter.limit > 0) yield* each(signal, listLetters(box(), filter, signal));
    },

    get: (id, { signal } = {}) => run(signal, () => findLetter(box(), id, signal)),

    take: (ids: readonly string[], { signal }: CallOptions = {}) =>
      run(signal, () => takeLetters(box(), ids, (rest) => putLetters(rest, context(signal)), place, signal)),

    close: client.close,
  };
}

function tooLong(): SluiceError {
  return new SluiceError("store-rejected", "deadletter", `An event is longer than ${MAX_EVENT_BYTES} bytes.`, PLACE);
}
