import { type BatchOutcome, createEngine, type Delivery, type EngineOptions, type TelemetryEvent } from "sluice";
import { type ManualClock, type ManualClockOptions, manualClock } from "./manual-clock";
import { type Memory, type MemoryState, memoryState, openMemory } from "./memory";
import { testPipeline } from "./records";

export interface Bench {
  memory: Memory;
  state: MemoryState;
  clock: ManualClock;
  telemetry: TelemetryEvent[];
  /** A new process over the same memory; ports may be replaced. */
  engine(replaced?: Partial<EngineOptions>): ReturnType<typeof createEngine>;
  /** Delivers again, as an ordered source does, until all is done or `most` deliveries. */
  deliver(engine: ReturnType<typeof createEngine>, delivery: Delivery, most?: number): Promise<BatchOutcome[]>;
}

/** The engine over memory, for tests that hand it deliveries themselves. */
export function bench(options: ManualClockOptions = {}): Bench {
  const clock = manualClock(options);
  const state = memoryState("test", 1, clock);
  const memory = openMemory(state);
  const telemetry: TelemetryEvent[] = [];
  return {
    memory,
    state,
    clock,
    telemetry,
    engine(replaced = {}) {
      const { infer, store, deadLetters, actions } = memory;
      const ports = { pipeline: testPipeline, infer, store, deadLetters, actions };
      const telling = (event: TelemetryEvent) => void telemetry.push(event);
      return createEngine({ ...ports, clock, random: () => 0.5, telemetry: telling, ...replaced });
    },
    async deliver(engine, delivery, most = 40) {
      const outcomes: BatchOutcome[] = [];
      let { messages } = delivery;
      for (let attempt = delivery.attempt; outcomes.length < most; attempt++) {
        const outcome = await engine.processBatch({ ...delivery, messages, attempt });
        outcomes.push(outcome);
        if (outcome.firstRetry === -1) break;
        messages = messages.slice(outcome.firstRetry);
        await clock.advance(outcome.retryAfterMs ?? 1_000);
      }
      return outcomes;
    },
  };
}
