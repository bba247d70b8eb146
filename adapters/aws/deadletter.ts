import { S3Client } from "@aws-sdk/client-s3";
import type { Clock, Random } from "../../shared/clock";
import type { DeadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { CallOptions, DeadLetterFilter, DeadLetterStore } from "../../shared/ports";
import { systemClock, systemRandom } from "../system";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import type { Box } from "./deadletter/box";
import { findLetter } from "./deadletter/find";
import { listLetters } from "./deadletter/list";
import { createPlaces } from "./deadletter/places";
import { type PutContext, putLetters } from "./deadletter/put";
import { takeLetters } from "./deadletter/take";
import { awsError, cancelled } from "./errors";

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
  const places = createPlaces();

  const box = (): Box => ({
    bucket: { client: client.get(), name: options.bucket },
    prefix,
    onFailurePrefix: options.onFailurePrefix ?? "aws/lambda/",
    pipeline: options.pipeline ?? "",
    places,
    onUnreadable: options.onUnreadable ?? (() => {}),
  });
  const context = (signal: AbortSignal | undefined): PutContext => ({
    bucket: box().bucket,
    prefix,
    place,
    clock,
    random,
    signal,
  });
  /** Runs a call that throws only what may cross a port. */
  const guarded = async <T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> => {
    if (signal?.aborted) throw cancelled(place);
    try {
      return await run();
    } catch (thrown) {
      throw signal?.aborted ? cancelled(place) : awsError(thrown, place);
    }
  };

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    get client() {
      return client.get();
    },

    put: (letters: readonly DeadLetter[], { signal }: CallOptions = {}) =>
      guarded(signal, async () => {
        for (const { body } of letters) if (body.length > MAX_EVENT_BYTES) throw tooLong();
        await putLetters(letters, context(signal));
      }),

    list: async function* (filter: DeadLetterFilter, { signal }: CallOptions = {}) {
      if (filter.limit <= 0) return;
      const letters = listLetters(box(), filter, signal);
      try {
        for (;;) {
          const { value, done } = await guarded(signal, () => letters.next());
          if (done) return;
          yield value;
        }
      } finally {
        await letters.return(undefined);
      }
    },

    get: (id, { signal } = {}) => guarded(signal, () => findLetter(box(), id, signal)),

    take: (ids: readonly string[], { signal }: CallOptions = {}) =>
      guarded(signal, () => takeLetters(box(), ids, (rest) => putLetters(rest, context(signal)), place, signal)),

    close: client.close,
  };
}

function tooLong(): SluiceError {
  return new SluiceError("store-rejected", "deadletter", `An event is longer than ${MAX_EVENT_BYTES} bytes.`, PLACE);
}
