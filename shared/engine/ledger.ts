import type { Clock } from "../clock";
import type { SourcePosition } from "../deadletter";
import type { BatchOutcome, Delivery, MessageOutcome } from "../delivery";
import type { ErrorCode, SluiceError } from "../errors";
import type { TelemetryEvent, TimedStage } from "../telemetry";
import type { Reject } from "./scratch";
import { messageOf, type Unpacked } from "./unpack";

/**
 * The account of one delivery: what became of each event. An event that nobody spoke for is to be delivered again, so
 * forgetting one can never acknowledge it.
 */
export interface Ledger {
  readonly events: number;
  /** Whether an event so far must come again. */
  mustRetry(): boolean;
  durable(event: number, duplicate: boolean): void;
  /** All of these, none of them a duplicate: the usual case. */
  allDurable(events: readonly number[]): void;
  deadLettered(event: number, code: ErrorCode): void;
  /** Must come again: for its own error, or because the letter about that error could not be written. */
  failed(reject: Reject, letterError?: SluiceError): void;
  /** What ended the work before the turn of the events that nobody has spoken for. */
  cutOff(error: SluiceError): void;
  /** Everything that is neither durable nor dead-lettered, as rejects: for a source that will not deliver again. */
  giveUp(unspoken: SluiceError): Reject[];
  position(event: number): SourcePosition;
  /** Adds the time since the last call to a stage. */
  timed(stage: TimedStage): void;
  outcome(): BatchOutcome;
  event(pipeline: string, modelVersion: string): TelemetryEvent;
}

const UNSPOKEN = 0;
const DURABLE = 1;
const DEAD = 2;
const FAILED = 3;

export function createLedger(delivery: Delivery, unpacked: Unpacked, clock: Clock): Ledger {
  const events = unpacked.events.length;
  const fate = new Uint8Array(events);
  const reasons: Partial<Record<ErrorCode, number>> = {};
  const failures = new Map<number, { reject: Reject; cause: SluiceError }>();
  const stages: Record<TimedStage, number> = { decode: 0, infer: 0, store: 0, actions: 0, deadletter: 0 };
  const startedAt = clock.monotonic();
  let lastAt = startedAt;
  let endedBy: SluiceError | undefined;
  let duplicates = 0;
  let stored = 0;
  let deadLettered = 0;

  return {
    events,
    // A getter would give every ledger a hidden class of its own, which keeps the batch alive until the next full collection.
    mustRetry: () => failures.size > 0,
    durable(event, duplicate) {
      fate[event] = DURABLE;
      if (duplicate) duplicates++;
      else stored++;
    },
    allDurable(events) {
      for (const event of events) fate[event] = DURABLE;
      stored += events.length;
    },
    deadLettered(event, code) {
      fate[event] = DEAD;
      failures.delete(event);
      deadLettered++;
      reasons[code] = (reasons[code] ?? 0) + 1;
    },
    failed(reject, letterError) {
      fate[reject.event] = FAILED;
      failures.set(reject.event, { reject, cause: letterError ?? reject.error });
    },
    cutOff(error) {
      endedBy = error;
    },
    giveUp(unspoken) {
      const rejects = [...failures.values()].map(({ reject }) => reject);
      for (const [event, what] of fate.entries()) if (what === UNSPOKEN) rejects.push({ event, error: unspoken });
      return rejects;
    },
    position(event) {
      const message = messageOf(unpacked, event);
      return {
        source: delivery.source,
        partition: delivery.partition,
        offset: delivery.messages[message]!.offset,
        index: event - unpacked.firstOf[message]!,
      };
    },
    timed(stage) {
      const now = clock.monotonic();
      stages[stage] += now - lastAt;
      lastAt = now;
    },
    outcome() {
      const settled = stored + duplicates + deadLettered === events;
      const messages = delivery.messages.map((_, message) => (settled ? "done" : outcomeOf(message)));
      const first = failures.values().next().value?.cause ?? endedBy;
      return {
        messages,
        firstRetry: settled ? -1 : messages.indexOf("retry"),
        ...counts(),
        reasons,
        retryCode: settled ? undefined : first?.code,
        retryAfterMs: settled ? undefined : first?.retryAfterMs,
      };
    },
    event(pipeline, modelVersion) {
      const { publishedAt } = unpacked;
      const endToEndMs = publishedAt === undefined ? undefined : Math.max(0, clock.now() - publishedAt);
      const totalMs = lastAt - startedAt;
      return {
        type: "batch",
        pipeline,
        modelVersion,
        partition: delivery.partition,
        ...counts(),
        reasons,
        stages,
        totalMs,
        endToEndMs,
      };
    },
  };

  function counts() {
    const retried = events - stored - duplicates - deadLettered;
    return { received: events, stored, duplicates, deadLettered, retried };
  }

  function outcomeOf(message: number): MessageOutcome {
    for (let event = unpacked.firstOf[message]!; event < unpacked.firstOf[message + 1]!; event++)
      if (fate[event] === UNSPOKEN || fate[event] === FAILED) return "retry";
    return "done";
  }
}
