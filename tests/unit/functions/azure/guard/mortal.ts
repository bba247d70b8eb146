import { type BatchOutcome, type Delivery, SluiceError } from "sluice";
import { createGuard, type Guard } from "../../../../../functions/azure/guard";
import type { Marker } from "../../../../../functions/azure/guard/marker";
import type { Markers } from "../../../../../functions/azure/guard/markers";
import { manualClock } from "../../../../support/manual-clock";
import { delivery } from "../../../../support/records";

export interface MortalOptions {
  /** The text of messages that end their process. */
  deadly?: ((text: string) => boolean) | undefined;
  /** Messages that must come again, as long as it says so. */
  failing?: ((text: string) => boolean) | undefined;
  /** What a message takes, milliseconds. */
  takesMs?: number | undefined;
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

interface Process {
  guard: Guard;
  ended: Promise<void>;
  handedBack: Set<string>;
}

/** A host whose processes end, and what outlives them: it starts another one, and hands out again what was in the old one. */
export function openMortal(options: MortalOptions = {}) {
  const { deadly = () => false, failing = () => false, takesMs = 1, deadlineMs = 48_000, signal } = options;
  const clock = manualClock();
  const world = {
    clock,
    markers: new Map<string, Marker>(),
    /** Away, if set: what every call of the markers throws. */
    markersAway: undefined as SluiceError | undefined,
    markerCalls: [] as string[],
    /** Texts in the order in which they began to run. */
    ran: [] as string[],
    done: [] as string[],
    buried: [] as string[],
    buryingFails: false,
    log: [] as string[],
    ends: 0,
    /** Most messages under way while one that was announced ran. */
    beside: 0,
    handedBack: 0,
    run,
    replace: () => {
      current = start();
    },
  };
  let current = start();

  function start(): Process {
    const ended = Promise.withResolvers<void>();
    const life = { over: false, running: 0 };
    const end = () => {
      life.over = true;
      world.ends++;
      ended.resolve();
      return new Promise<never>(() => {});
    };
    const processBatch = async (given: Delivery): Promise<BatchOutcome> => {
      life.running++;
      for (const [index, { body }] of given.messages.entries()) {
        const text = String(body);
        world.ran.push(text);
        if (world.markers.get(given.partition)?.state === "running")
          world.beside = Math.max(world.beside, life.running - 1);
        await clock.sleep(takesMs);
        if (life.over) return new Promise(() => {});
        if (deadly(text)) return end();
        if (given.signal?.aborted || failing(text)) {
          life.running--;
          return outcome(given, index);
        }
        world.done.push(text);
      }
      life.running--;
      return outcome(given, -1);
    };
    const bury = async (given: Delivery) => {
      await clock.sleep(takesMs);
      if (world.buryingFails) throw new SluiceError("unavailable", "deadletter", "away");
      world.buried.push(...given.messages.map(({ body }) => String(body)));
      return outcome(given, -1);
    };
    const markers = markersOf(life);
    const guard = createGuard({ processBatch, bury, markers, log: (line) => world.log.push(line), clock });
    return { guard, ended: ended.promise, handedBack: new Set() };
  }

  function markersOf(life: { over: boolean }): Markers {
    const call = async <T>(what: string, work: () => T): Promise<T> => {
      await clock.sleep(1);
      if (life.over) return new Promise(() => {});
      world.markerCalls.push(what);
      if (world.markersAway !== undefined) throw world.markersAway;
      return work();
    };
    return {
      read: (partition) => call("read", () => world.markers.get(partition)),
      write: (partition, marker) => call("write", () => void world.markers.set(partition, marker)),
      remove: (partition) => call("remove", () => void world.markers.delete(partition)),
    };
  }

  /** A batch until it is done; the number of attempts. Its messages have the sequence numbers from `first` on. */
  async function run(
    texts: readonly string[],
    { partition = "0", first = 0, attempts = 30 }: { partition?: string; first?: number | ""; attempts?: number } = {},
  ): Promise<number> {
    const batch = delivery(texts);
    const numberOf = (index: number) => (first === "" ? "" : String(first + index));
    let messages = batch.messages.map((message, index) => ({ ...message, offset: numberOf(index) }));
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const mine = current;
      const deadline = clock.now() + deadlineMs;
      const given = { ...batch, partition, messages, attempt, deadline, signal };
      const answer = await Promise.race([
        mine.guard.process(given, mine.handedBack.has(partition)).catch(() => undefined),
        mine.ended.then(() => "ended" as const),
      ]);
      if (answer === "ended") {
        if (current === mine) current = start();
        continue;
      }
      if (answer?.firstRetry === -1) return attempt;
      world.handedBack++;
      mine.handedBack.add(partition);
      // As the adapter does: what is done does not come again to the same process.
      if (answer !== undefined) messages = messages.slice(answer.firstRetry);
    }
    return Number.POSITIVE_INFINITY;
  }

  return world;
}

export type Mortal = ReturnType<typeof openMortal>;

/** All before `firstRetry` is done; -1: everything. */
function outcome({ messages }: Delivery, firstRetry: number): BatchOutcome {
  const done = firstRetry === -1 ? messages.length : firstRetry;
  return {
    messages: messages.map((_, index) => (index < done ? "done" : "retry")),
    firstRetry,
    received: messages.length,
    stored: done,
    duplicates: 0,
    deadLettered: 0,
    retried: messages.length - done,
    reasons: {},
    retryCode: firstRetry === -1 ? undefined : "unavailable",
    retryAfterMs: undefined,
  };
}
