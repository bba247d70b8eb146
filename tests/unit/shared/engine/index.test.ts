import { describe, expect, it } from "@jest/globals";
import {
  createEngine,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_MAX_ROWS,
  DEFAULT_RESERVE_MS,
  type EngineOptions,
} from "../../../../shared/engine";
import { ConfigError } from "../../../../shared/errors";
import type { RowBatch } from "../../../../shared/ports";
import { manualClock } from "../../../support/manual-clock";
import { memoryInfer, memoryState, openMemory } from "../../../support/memory";
import { gate } from "../../../support/promises";
import { delivery, event, events, quietPipeline, testPipeline } from "../../../support/records";
import { bench } from "../../../support/unit";

function options(overrides: Partial<EngineOptions> = {}): EngineOptions {
  const clock = manualClock();
  const { infer, store, deadLetters } = openMemory(memoryState("unit", 1, clock));
  return { pipeline: quietPipeline, infer, store, deadLetters, clock, random: () => 0.5, ...overrides };
}

/** A model that keeps account of the rows per call. */
function countingModel(maxRows: number) {
  const model = memoryInfer({ capabilities: { maxRows } });
  const calls: number[] = [];
  const infer: typeof model.infer = (features, call) => {
    calls.push(features.rows);
    return model.infer(features, call);
  };
  return { calls, infer: { ...model, infer } };
}

describe("createEngine", () => {
  it("has defaults", () => {
    expect([DEFAULT_MAX_ROWS, DEFAULT_MAX_ATTEMPTS, DEFAULT_RESERVE_MS]).toEqual([1_000, 5, 1_000]);
  });

  it("needs an actions port where the pipeline has actions", () => {
    const create = () => createEngine(options({ pipeline: testPipeline }));

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(
      'engine of pipeline "test-pipeline": the pipeline has actions and nowhere to publish them. Give the engine an `actions` port.',
    );
    expect(() => createEngine(options())).not.toThrow();
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %p rows per call", (maxRows) => {
    const create = () => createEngine(options({ maxRows }));

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(
      `engine of pipeline "test-pipeline": \`maxRows\` is ${maxRows}. Use a whole number from 1 on.`,
    );
  });

  it.each([
    ["what the model takes", 3, undefined, [3, 3, 1]],
    ["what it is told", 100, 5, [5, 2]],
    ["the smaller of both", 3, 5, [3, 3, 1]],
    ["one", 100, 1, [1, 1, 1, 1, 1, 1, 1]],
  ])("calls the model with at most %s", async (_, modelMaxRows, maxRows, expected) => {
    const { calls, infer } = countingModel(modelMaxRows);
    const engine = createEngine(options({ infer, ...(maxRows === undefined ? {} : { maxRows }) }));

    await engine.processBatch(delivery([events(7)]));

    expect(calls).toEqual(expected);
  });

  it("calls the model with at most 1,000 rows unless told", async () => {
    const { calls, infer } = countingModel(5_000);

    await createEngine(options({ infer })).processBatch(delivery([events(1_001)]));

    expect(calls).toEqual([1_000, 1]);
  });

  it("works without telemetry", async () => {
    expect(await createEngine(options()).processBatch(delivery(events(1)))).toMatchObject({ stored: 1 });
  });

  it("repeats as often as it is told", async () => {
    let calls = 0;
    const { process } = bench({
      retry: { attempts: 7 },
      infer: async () => {
        calls++;
        throw new Error("boom");
      },
    });

    await process(delivery(events(1)));

    expect(calls).toBe(7);
  });
});

describe("the warm-up", () => {
  const MODEL = { version: "model-1", width: 3 };

  it("happens once, however many ask", async () => {
    const ready = gate<typeof MODEL>();
    let calls = 0;
    const { engine, process } = bench({
      warmUp: () => {
        calls++;
        return ready.promise;
      },
    });

    const asking = [engine.warmUp(), engine.warmUp()];
    const batch = process(delivery(events(1)));
    ready.open(MODEL);

    expect(await Promise.all(asking)).toEqual([MODEL, MODEL]);
    expect(await batch).toMatchObject({ stored: 1 });
    expect(await engine.warmUp()).toEqual(MODEL);
    expect(calls).toBe(1);
  });

  it("that failed is tried again by the next who asks", async () => {
    let calls = 0;
    const { engine } = bench({
      warmUp: async () => {
        if (++calls < 3) throw new Error("starting");
        return MODEL;
      },
    });

    await expect(engine.warmUp()).rejects.toThrow("starting");
    await expect(engine.warmUp()).rejects.toThrow("starting");
    expect(await engine.warmUp()).toEqual(MODEL);
    expect(await engine.warmUp()).toEqual(MODEL);
    expect(calls).toBe(3);
  });
});

describe("the truth", () => {
  it("has a column where the pipeline measures quality, and only there", async () => {
    const columns: unknown[] = [];
    const write = async (rows: RowBatch) => {
      columns.push(rows.truths && [...rows.truths]);
      return { duplicates: [], failures: [] };
    };

    await bench({ write }).process(delivery([event(1, { label: true })]));
    await bench({ write, pipeline: { ...quietPipeline, quality: undefined } }).process(delivery([event(1)]));

    expect(columns).toEqual([[1], undefined]);
  });
});

describe("the memory of a batch", () => {
  it("is reused: a thousand batches in a row keep one set of columns", async () => {
    const columns = new Set<unknown>();
    const { process } = bench({
      write: async (rows, store) => {
        columns.add(rows.features.data.buffer);
        return store(rows);
      },
    });

    for (let i = 0; i < 1_000; i++) await process(delivery(events(1)));

    expect(columns.size).toBe(1);
  });

  it("is given back after a mistake of the set-up too", async () => {
    const columns = new Set<unknown>();
    const { process } = bench({
      write: async (rows) => {
        columns.add(rows.features.data.buffer);
        throw new ConfigError("a", "b", "c");
      },
    });

    for (let i = 0; i < 3; i++) await expect(process(delivery(events(2)))).rejects.toThrow(ConfigError);

    expect(columns.size).toBe(1);
  });
});
