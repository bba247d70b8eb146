import type { Clock, Random } from "../../shared/clock";
import { type DeadLetter, encodeDeadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { CallOptions, DeadLetterFilter, DeadLetterStore } from "../../shared/ports";
import { guarded } from "../guarded";
import { lazy } from "../lazy";
import { systemClock, systemRandom } from "../system";
import { type GcpClient, type GcpClientOptions, gcpClient } from "./client";
import { createHold } from "./deadletter/hold";
import { listLetters } from "./deadletter/list";
import { createLock } from "./deadletter/lock";
import { createSearch } from "./deadletter/search";
import { type Subscription, topicOf } from "./deadletter/subscription";
import { takeLetters } from "./deadletter/take";
import { DEFAULT_MAX_ATTEMPTS, errorOf } from "./store/attempts";
import { publishAttempted } from "./store/publish";

export interface GcpDeadLettersOptions extends Omit<GcpClientOptions, "service" | "audience"> {
  /** The hold subscription, `projects/<project>/subscriptions/<subscription>`: pulled, without a retry policy, kept for long. */
  subscription: string;
  /** `projects/<project>/topics/<topic>` of the subscription. Default: the subscription is asked. */
  topic?: string | undefined;
  /** The pipeline named in letters that the platform put there. Default: none. */
  pipeline?: string | undefined;
  /** How long messages are ours without a word from us, seconds, 10 to 600. Default 60. */
  leaseSeconds?: number | undefined;
  /** Messages that a list sorts together; where there are more, they come in portions. Default 10,000. */
  maxPull?: number | undefined;
  /** Milliseconds that a pull waits for a first message; after that, there is none. Default 5 s. */
  waitMs?: number | undefined;
  /** Told of messages that hold no letter; they stay. */
  onUnreadable?: ((messageId: string, why: string) => void) | undefined;
  /** Calls in all for one request, the first included. Default 2. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: GcpClient | undefined;
}

export interface GcpDeadLetters extends DeadLetterStore {
  /** Made at its first use. */
  readonly client: GcpClient;
  get(id: string, options?: CallOptions): Promise<DeadLetter | undefined>;
}

/** A request has room for 9 MiB, where a letter is in base64 and the event, in the letter, in base64 again. */
const MAX_EVENT_BYTES = 5 * 1024 * 1024;

const PUBLISHES_AT_ONCE = 4;

/**
 * Dead letters as messages of a topic, read from a subscription that holds them: our own, one each, and what subscriptions
 * gave up on, of which every event is one letter.
 *
 * Pub/Sub has no order and no way to look: `list`, `get` and `take` take messages in hand and give them back. Meanwhile
 * nobody else sees them, so two processes that list at once see a part each, and a `take` finds nothing that another process
 * has in hand. A letter that is put twice is there twice; it is listed once, and taken in all its copies that have come.
 */
export function gcpDeadLetters(options: GcpDeadLettersOptions): GcpDeadLetters {
  const { clock = systemClock, random = systemRandom, maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  const { leaseSeconds = 60, maxPull = 10_000, waitMs = 5_000, pipeline = "", onUnreadable = () => {} } = options;
  const place = {
    stage: "deadletter",
    adapter: "gcp/deadletter",
    coordinates: { subscription: options.subscription },
  } as const;
  const client = lazy(() => options.client ?? gcpClient({ ...options, service: "pubsub" }));
  const context = (signal: AbortSignal | undefined) => ({ place, clock, random, maxAttempts, signal });
  const subscription = (signal: AbortSignal | undefined): Subscription => {
    return { ...context(signal), client: client(), name: options.subscription };
  };
  const lock = createLock();
  const hold = createHold({ subscription, pipeline, leaseSeconds, waitMs, onUnreadable });
  const search = createSearch(hold, lock);
  let topic = options.topic;

  const { run, each } = guarded(place, errorOf);
  const put = async (letters: readonly DeadLetter[], signal: AbortSignal | undefined) => {
    if (letters.length === 0) return;
    topic ??= await topicOf(subscription(signal));
    const to = { ...context(signal), client: client(), name: topic, concurrency: PUBLISHES_AT_ONCE };
    const [failure] = await publishAttempted(to, firsts(letters).map(messageOf));
    if (failure) throw failure.error;
  };

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    get client() {
      return client();
    },

    put: (letters: readonly DeadLetter[], { signal }: CallOptions = {}) =>
      run(signal, async () => {
        for (const { body } of letters) if (body.length > MAX_EVENT_BYTES) throw tooLong();
        await put(letters, signal);
      }),

    list: async function* (filter: DeadLetterFilter, { signal }: CallOptions = {}) {
      if (filter.limit <= 0) return;
      const gather: typeof hold.gather = (gathering) =>
        lock(async () => {
          await search.release();
          return hold.gather(gathering);
        });
      yield* each(signal, listLetters(hold, { filter, maxPull, gather, signal }));
    },

    get: (id, { signal } = {}) => run(signal, () => search.get(id, signal)),

    take: (ids: readonly string[], { signal }: CallOptions = {}) =>
      run(signal, async () => {
        if (ids.length === 0) return 0;
        return lock(() => takeLetters(hold, ids, (rest) => put(rest, signal), signal));
      }),

    close: () => lock(search.release),
  };
}

/** Each id once. */
function firsts(letters: readonly DeadLetter[]): DeadLetter[] {
  const first = new Map<string, DeadLetter>();
  for (const letter of letters) if (!first.has(letter.id)) first.set(letter.id, letter);
  return [...first.values()];
}

/** The attributes are for a subscription's filter. */
function messageOf(letter: DeadLetter) {
  return { data: encodeDeadLetter(letter), attributes: { id: letter.id, code: letter.code } };
}

function tooLong(): SluiceError {
  const message = `An event is longer than ${MAX_EVENT_BYTES} bytes.`;
  return new SluiceError("store-rejected", "deadletter", message, { adapter: "gcp/deadletter" });
}
