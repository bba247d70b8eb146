import { performance } from "node:perf_hooks";
import { openLocal } from "../adapters/local";
import { onnxInfer } from "../adapters/onnx";
import { systemClock, systemRandom } from "../adapters/system";
import pipeline from "../examples/card-fraud/pipeline";
import { runWorker } from "../functions/local/worker";
import { createEngine } from "../shared/engine";
import { CARD_FRAUD } from "./local";

/**
 * A worker process of the benchmark: takes part in draining a database until nothing is left, and says how it went.
 * `process.argv`: the database's directory. Waits for a line on standard input, so that several can start together.
 */
export interface Drained {
  events: number;
  /** Process clock, milliseconds since 1970, of the first claim and the last checkpoint. */
  startedAt: number;
  endedAt: number;
  /** Every `WINDOW` events: microseconds per event since the window before, and resident memory. */
  windows: { events: number; us: number; rssMb: number }[];
}

const WINDOW = 10_000;

async function drain(directory: string): Promise<Drained> {
  const database = openLocal({ directory, pipeline });
  const infer = onnxInfer({ pipeline, baseDir: CARD_FRAUD });
  const { store, deadLetters, actions } = database;
  const engine = createEngine({
    pipeline,
    infer,
    store,
    deadLetters,
    actions,
    clock: systemClock,
    random: systemRandom,
  });
  await engine.warmUp();
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.pause();

  const windows: Drained["windows"] = [];
  let events = 0;
  let windowAt = performance.now();
  const startedAt = performance.timeOrigin + windowAt;
  let endedAt = startedAt;
  await runWorker({
    database,
    engine,
    untilDrained: true,
    leaseMs: 300,
    onBatch({ received }) {
      const before = Math.floor(events / WINDOW);
      events += received;
      const now = performance.now();
      endedAt = performance.timeOrigin + now;
      if (Math.floor(events / WINDOW) === before) return;
      windows.push({ events, us: ((now - windowAt) * 1_000) / WINDOW, rssMb: process.memoryUsage().rss / 1e6 });
      windowAt = now;
    },
  });
  await infer.close();
  await database.close();
  return { events, startedAt, endedAt, windows };
}

drain(process.argv[2]!).then((drained) => process.stdout.write(JSON.stringify(drained)));
