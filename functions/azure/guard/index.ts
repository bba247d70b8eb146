import type { Clock } from "../../../shared/clock";
import { createDeadline } from "../../../shared/deadline";
import type { BatchOutcome, Delivery, Message } from "../../../shared/delivery";
import { SluiceError } from "../../../shared/errors";
import { crashesOf, found, isIn, isNumbered, isPast, MAX_CRASHES, type Marker, startOf } from "./marker";
import type { Markers } from "./markers";
import { createTally } from "./tally";
import { createTurns } from "./turns";

export interface GuardOptions {
  processBatch(delivery: Delivery): Promise<BatchOutcome>;
  /** Keeps the one message of a delivery without processing it. */
  bury(delivery: Delivery): Promise<BatchOutcome>;
  markers: Markers;
  /** One line; never any payload. */
  log(message: string): void;
  clock: Clock;
}

export interface Guard {
  /** @param handedBack Whether this process has handed the batch back before. */
  process(delivery: Delivery, handedBack: boolean): Promise<BatchOutcome>;
}

/** What this process knows of a partition. */
interface State {
  /** Whether its marker was looked for. */
  looked: boolean;
  /** The one that was found. */
  marker: Marker | undefined;
  /** Whether its messages are processed one by one, until the batch is done. */
  careful: boolean;
}

/**
 * Finds the message that ends its process, or hangs in it until the host ends it: the host neither divides a batch nor
 * counts such ends, and would try the whole batch for ever. A batch that comes again without having been handed back was in a
 * process that ended. Its messages are then processed one by one, nothing else beside them in this process, and each is
 * announced beforehand by a marker that outlives the process. A message that was alone when three processes ended is kept
 * as dead letters; it is not processed again.
 */
export function createGuard({ processBatch, bury, markers, log, clock }: GuardOptions): Guard {
  const states = new Map<string, State>();
  const turns = createTurns();

  async function process(delivery: Delivery, handedBack: boolean): Promise<BatchOutcome> {
    const { partition, messages, attempt } = delivery;
    if (!isNumbered(messages)) return processBatch(delivery);
    const state = stateOf(partition);
    if (attempt > 1 && !handedBack) Object.assign(state, { careful: true, looked: false });
    const resumes = state.careful && !state.looked;
    await look(delivery, state);
    if (isPast(messages, state.marker)) state.marker = undefined;
    if (isIn(messages, state.marker)) state.careful = true;
    if (!state.careful) return waiting(delivery, (signal) => turns.together(() => processBatch(delivery), signal));
    const start = resumes ? startOf(state.marker, messages) : 0;
    log(`Partition ${partition}: a process ended in this batch; ${messages.length - start} messages run one by one.`);
    return oneByOne(delivery, state, start);
  }

  function stateOf(partition: string): State {
    const state = states.get(partition) ?? { looked: false, marker: undefined, careful: false };
    states.set(partition, state);
    return state;
  }

  /** At a partition's first batch too: an instance that ended, with its host, left nothing but the marker. */
  async function look(delivery: Delivery, state: State): Promise<void> {
    if (state.looked) return;
    const reading = waiting(delivery, (signal) => markers.read(delivery.partition, signal));
    // Without a crash nearly every batch has no marker, and need not wait for one that cannot be read.
    state.marker = found(await (state.careful ? reading : reading.catch(() => undefined)));
    state.looked = true;
  }

  async function oneByOne(delivery: Delivery, state: State, start: number): Promise<BatchOutcome> {
    const { partition, messages, signal } = delivery;
    const tally = createTally(delivery);
    const isLate = timeKeeper(delivery);
    tally.skip(start);
    try {
      for (let next = start; next < messages.length; next++) {
        const message = messages[next]!;
        if (next > start && isLate()) throw new SluiceError("deadline", "engine", "The batch's time is used up.");
        const outcome = await one({ ...delivery, messages: [message] }, message, crashesOf(state.marker, message));
        tally.add(outcome);
        if (outcome.firstRetry !== -1) return tally.outcome();
      }
    } catch (thrown) {
      tally.failed(thrown);
      return tally.outcome();
    }
    // One that stays is found to be past.
    await markers.remove(partition, signal).catch(() => {});
    Object.assign(state, { marker: undefined, careful: false });
    return tally.outcome();
  }

  async function one(delivery: Delivery, message: Message, crashes: number): Promise<BatchOutcome> {
    const { partition } = delivery;
    const { offset: sequence } = message;
    if (crashes >= MAX_CRASHES) {
      log(`Partition ${partition}: message ${sequence} has ended ${crashes} processes; it is kept as dead letters.`);
      return bury(delivery);
    }
    return waiting(delivery, (signal) =>
      turns.alone(async () => {
        await markers.write(partition, { sequence, crashes, state: "running" }, signal);
        let state: Marker["state"] = "waiting";
        try {
          const outcome = await processBatch(delivery);
          if (outcome.firstRetry === -1) state = "done";
          return outcome;
        } finally {
          // Before anything else runs, whose end would count against this one.
          // If it cannot be said, the next end counts all the same: two more are needed.
          await markers.write(partition, { sequence, crashes, state }).catch(() => {});
        }
      }, signal),
    );
  }

  /** For a turn nobody waits longer than half of the batch's time: without the rest it need not begin. */
  async function waiting<T>(delivery: Delivery, work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    const { deadline: at, signal: parent } = delivery;
    const reserveMs = at === undefined ? 0 : Math.max(0, (at - clock.now()) / 2);
    const deadline = createDeadline({ clock, at, reserveMs, parent });
    try {
      return await work(deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  /** Asks whether too little time is left for another message: at the last attempt it would be kept as a dead letter. */
  function timeKeeper({ deadline = Number.POSITIVE_INFINITY }: Delivery): () => boolean {
    const neededMs = (deadline - clock.now()) / 4;
    return () => deadline - clock.now() < neededMs;
  }

  return { process };
}
