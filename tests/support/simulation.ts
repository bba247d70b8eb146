import {
  type BatchOutcome,
  type Clock,
  createEngine,
  type Delivery,
  type EngineOptions,
  type Pipeline,
  type Random,
  seededRandom,
} from "sluice";
import { Crash, createFaults, type Faults, type FaultsOptions } from "./faults";
import { manualClock } from "./manual-clock";
import { type MemoryState, memoryState, openMemory, type SourceOptions } from "./memory";
import { testPipeline } from "./records";

/** One event as its producer sends it. */
export interface Sent {
  key: string;
  body: string | Uint8Array;
}

export interface SimulationOptions {
  seed: number;
  /** Per publish call: its events. */
  batches: readonly (readonly Sent[])[];
  rates: FaultsOptions["rates"];
  source: SourceOptions;
  pipeline?: Pipeline;
  partitions?: number;
  engine?: Partial<EngineOptions>;
  /** Deliveries with faults; after them nothing goes wrong any more. Default 150. */
  troubled?: number;
  /** Milliseconds each delivery may take; undefined: no deadline. */
  deadlineMs?: number | undefined;
}

/** What came of it, and how. */
export interface Simulated {
  state: MemoryState;
  /** One line per step: the same seed gives the same lines. */
  trace: readonly string[];
  deliveries: number;
  /** Deliveries after the faults had ended. */
  calmDeliveries: number;
  crashes: number;
  struck: ReadonlyMap<string, number>;
  outcomes: readonly BatchOutcome[];
  /** Simulated milliseconds. */
  tookMs: number;
}

/** More deliveries than any run needs: reaching it means that something comes again for ever. */
const MOST_DELIVERIES = 1_000;

/** Publishes everything, then processes until nothing is left, through faults, duplicates and restarts. */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { seed, batches, rates, partitions = 2, troubled = 150 } = options;
  const random = seededRandom(seed);
  const clock = manualClock();
  const faults = createFaults({ random, clock, rates });
  const state = memoryState("simulation", partitions, clock);
  const trace: string[] = [];
  const outcomes: BatchOutcome[] = [];
  const run = { deliveries: 0, crashes: 0 };

  await publishAll(batches, state, faults, run);
  while (run.deliveries < MOST_DELIVERIES) {
    faults.restart();
    const worker = startWorker(options, state, faults, { clock, random });
    try {
      while (run.deliveries < MOST_DELIVERIES) {
        if (run.deliveries >= troubled) faults.heal();
        const delivery = worker.receive(random);
        if (delivery === undefined) return result();
        run.deliveries++;
        const outcome = await faults.alive(worker.process(delivery));
        trace.push(line(delivery, outcome));
        outcomes.push(outcome);
        await faults.alive(worker.answer(delivery, outcome));
        // A source waits before it delivers again.
        if (outcome.firstRetry !== -1)
          await clock.sleep(outcome.retryAfterMs ?? 100 * 2 ** Math.min(7, delivery.attempt - 1));
      }
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
      run.crashes++;
      trace.push("crash");
    }
  }
  throw new Error(`${MOST_DELIVERIES} deliveries were not enough: ${trace.slice(-3).join(" | ")}`);

  function result(): Simulated {
    const calmDeliveries = Math.max(0, run.deliveries - troubled);
    return { state, trace, ...run, calmDeliveries, struck: faults.struck, outcomes, tookMs: clock.monotonic() };
  }
}

function startWorker(
  { pipeline = testPipeline, source: sourceOptions, engine: engineOptions, deadlineMs }: SimulationOptions,
  state: MemoryState,
  faults: Faults,
  { clock, random }: { clock: Clock; random: Random },
) {
  const memory = openMemory(state);
  const source = faults.source(memory.source(sourceOptions));
  const engine = createEngine({
    pipeline,
    infer: faults.infer(memory.infer),
    store: faults.store(memory.store),
    deadLetters: faults.deadLetters(memory.deadLetters),
    actions: faults.actions(memory.actions),
    clock,
    random,
    ...engineOptions,
  });
  const given = new Map<Delivery, Delivery>();

  return {
    /** The next delivery of any partition; undefined when all is acknowledged. */
    receive(random: Random): Delivery | undefined {
      const first = Math.floor(random() * source.partitions);
      for (let i = 0; i < source.partitions; i++) {
        const trigger = source.next((first + i) % source.partitions);
        if (trigger === undefined) continue;
        const received = source.receive(trigger);
        const deadline = deadlineMs === undefined ? undefined : clock.now() + deadlineMs;
        const delivery = { ...received, deadline };
        given.set(delivery, received);
        return delivery;
      }
      return undefined;
    },
    process: (delivery: Delivery) => engine.processBatch(delivery),
    async answer(delivery: Delivery, outcome: BatchOutcome) {
      source.answer(given.get(delivery)!, outcome);
    },
  };
}

/** Every event is accepted, whatever it takes: the producer repeats what it has no answer for, with the same numbers. */
async function publishAll(
  batches: SimulationOptions["batches"],
  state: MemoryState,
  faults: Faults,
  run: { crashes: number },
): Promise<void> {
  let sequence = 1;
  for (const batch of batches) {
    for (let attempt = 1; ; attempt++) {
      faults.restart();
      const ingest = faults.ingest(openMemory(state).ingest);
      const producer = { id: "producer", sequence };
      const publish = ingest.publish({
        keys: batch.map(({ key }) => key),
        bodies: batch.map(({ body }) => body),
        producer,
      });
      try {
        const { failures } = await faults.alive(publish);
        if (failures.length === 0) break;
      } catch (thrown) {
        if (thrown instanceof Crash) run.crashes++;
        else if (attempt > 50) throw thrown;
      }
    }
    sequence += batch.length;
  }
}

function line({ partition, attempt, messages }: Delivery, outcome: BatchOutcome): string {
  const { stored, duplicates, deadLettered, retried, firstRetry, retryCode } = outcome;
  const offsets = messages.map(({ offset }) => offset).join(",");
  return `${partition}:${offsets} #${attempt} ${stored}/${duplicates}/${deadLettered}/${retried} ${firstRetry} ${retryCode}`;
}
