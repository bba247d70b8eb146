import { createLeases, type Lease } from "./leases";
import { isForwarded, publishedAt, readMessage } from "./message";
import { acknowledge, pull, type ReceivedMessage, type Subscription, setDeadline } from "./subscription";

export interface HoldOptions {
  /** The subscription, as a call with this signal uses it. */
  subscription(signal: AbortSignal | undefined): Subscription;
  /** The pipeline named in letters that the platform put there. */
  pipeline: string;
  leaseSeconds: number;
  /** Milliseconds that a pull waits for a first message. */
  waitMs: number;
  onUnreadable(messageId: string, why: string): void;
}

export interface Gathering {
  /** Where to put what comes. */
  into: Set<Lease>;
  /** Told of each as it comes. */
  each?: ((lease: Lease) => void) | undefined;
  /** Whether to stop, although there may be more. */
  isEnough?: (() => boolean) | undefined;
  signal: AbortSignal | undefined;
}

/** Messages of the subscription in our hands. To look at one, and to take one out, it has to be in hand. */
export interface Hold {
  /** What is in hand of a letter. */
  find(id: string): Lease[];
  /** Takes in what comes. True if there is no more, as far as the service says. */
  gather(gathering: Gathering): Promise<boolean>;
  /** Prolongs what would end soon. */
  renew(leases: ReadonlySet<Lease>, signal: AbortSignal | undefined): Promise<void>;
  /** Takes messages out for good. */
  take(leases: readonly Lease[], signal: AbortSignal | undefined): Promise<void>;
  /** Lets others have what is still in hand of these, and empties the set. Where that fails, it happens a little later by itself. */
  giveBack(leases: Set<Lease>): Promise<void>;
}

/** Empty answers in a row that mean that there is nothing: the service may give one although there are messages. */
const EMPTY_ANSWERS = 3;

export function createHold(options: HoldOptions): Hold {
  const { subscription, leaseSeconds, waitMs } = options;
  const leaseMs = leaseSeconds * 1_000;
  const leases = createLeases();
  const now = () => subscription(undefined).clock.monotonic();

  const extend = async (some: readonly Lease[], signal: AbortSignal | undefined) => {
    if (some.length === 0) return;
    // From before the call: the service counts from some moment during it.
    const until = now() + leaseMs;
    await setDeadline(subscription(signal), ackIds(some), leaseSeconds);
    for (const lease of some) lease.until = until;
  };
  const lookedAt = new WeakMap<ReadonlySet<Lease>, number>();
  const renew: Hold["renew"] = async (some, signal) => {
    // Asked for before every letter, but there may be thousands to look through.
    if (now() - (lookedAt.get(some) ?? Number.NEGATIVE_INFINITY) < leaseMs / 4) return;
    lookedAt.set(some, now());
    const soon = now() + leaseMs / 2;
    await extend(
      [...some].filter((lease) => lease.until < soon && leases.has(lease)),
      signal,
    );
  };

  return {
    find: (id) => leases.of(id, now()),
    renew,

    async gather({ into, each, isEnough, signal }) {
      for (let empty = 0; empty < EMPTY_ANSWERS; ) {
        const received = await pull(subscription(signal), waitMs);
        if (received === "waited") return true;
        empty = received.length === 0 ? empty + 1 : 0;
        const came = received.map((message) => leaseOf(message, options));
        for (const lease of came) {
          leases.add(lease);
          into.add(lease);
        }
        await extend(came, signal);
        if (each) came.forEach(each);
        if (isEnough?.()) return false;
        await renew(into, signal);
      }
      return true;
    },

    async take(some, signal) {
      await acknowledge(subscription(signal), ackIds(some));
      leases.remove(some);
    },

    async giveBack(some) {
      const held = [...some].filter(leases.has);
      leases.remove(held);
      some.clear();
      // Not with the caller's signal: for a minute, nobody else would see them.
      await setDeadline(subscription(undefined), ackIds(held), 0).catch(() => {});
    },
  };
}

/** Not ours until it has been prolonged: how long the subscription itself grants, we do not know. */
function leaseOf({ ackId, message }: ReceivedMessage, { pipeline, onUnreadable }: HoldOptions): Lease {
  const { messageId } = message;
  const { letters, why } = readMessage(message, pipeline);
  if (letters === undefined) onUnreadable(messageId, why);
  return {
    ackId,
    messageId,
    publishedAt: publishedAt(message),
    forwarded: isForwarded(message),
    ids: (letters ?? []).map(({ id }) => id),
    letters,
    until: Number.NEGATIVE_INFINITY,
  };
}

function ackIds(leases: readonly Lease[]): string[] {
  return leases.map(({ ackId }) => ackId);
}
