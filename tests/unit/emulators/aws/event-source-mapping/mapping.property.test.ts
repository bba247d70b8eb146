import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "sluice";
import { failed, mappingHarness } from "./mapping-harness";

const plan = fc.record({
  seed: fc.integer(),
  records: fc.integer({ min: 1, max: 80 }),
  keys: fc.integer({ min: 1, max: 12 }),
  shards: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  factor: fc.integer({ min: 1, max: 4 }),
  window: fc.integer({ min: 0, max: 3 }),
  bisects: fc.boolean(),
  reports: fc.boolean(),
  retries: fc.integer({ min: 0, max: 4 }),
  reshard: fc.boolean(),
  restarts: fc.integer({ min: 0, max: 2 }),
});

/** A function that fails in every way, by chance; one record in ten always fails. */
async function simulate(p: typeof plan extends fc.Arbitrary<infer T> ? T : never) {
  const random = seededRandom(p.seed);
  const chance = (share: number) => random() < share;
  const firstSuccesses: string[] = [];
  const processed = new Set<string>();
  const { clock, stream, mapping, letters } = mappingHarness({
    seed: p.seed,
    shards: p.shards,
    settings: {
      batchSize: p.batchSize,
      maximumBatchingWindowInSeconds: p.window,
      parallelizationFactor: p.factor,
      bisectBatchOnFunctionError: p.bisects,
      functionResponseTypes: p.reports ? ["ReportBatchItemFailures"] : [],
      maximumRetryAttempts: p.retries,
    },
    handle: async (texts, event) => {
      if (chance(0.1)) throw Object.assign(new Error("Rate Exceeded."), { statusCode: 429 });
      await clock.sleep(random() * 2_000);
      for (const text of texts) {
        if (Number(text.split(":")[1]) % 10 === 7 || chance(0.05)) {
          if (p.reports && chance(0.7)) return failed(event, text);
          throw new Error("failed");
        }
        if (!processed.has(text)) firstSuccesses.push(text);
        processed.add(text);
      }
      return null;
    },
  });
  const all = Array.from({ length: p.records }, (_, i) => `${Math.floor(random() * p.keys)}:${i}`);
  for (const [i, text] of all.entries()) {
    if (p.reshard && i === Math.floor(all.length / 2)) stream.split("shardId-000000000000");
    stream.put(text.split(":")[0] ?? "", text);
  }
  for (let i = 0; i < p.restarts; i++) {
    mapping.start();
    await clock.sleep(random() * 5_000);
    await mapping.stop();
  }
  await mapping.runUntilIdle();
  return { all, processed, firstSuccesses, letters, mapping };
}

describe("an event source mapping under random failures", () => {
  it("skips no record: each is processed, or in the on-failure destination", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { all, processed, letters, mapping } = await simulate(p);

        const given = new Set(letters.flatMap(({ texts }) => texts));
        expect(all.filter((text) => !processed.has(text) && !given.has(text))).toEqual([]);
        expect([...given].every((text) => all.includes(text))).toBe(true);
        if (p.restarts === 0) expect(mapping.stats.processed + mapping.stats.discarded).toBe(all.length);
      }),
      { numRuns: 150 },
    );
  });

  it("never breaks the order of a key among the first successes", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { firstSuccesses, letters } = await simulate(p);

        // A record that was given up may still succeed when it comes again after a restart, out of turn.
        const given = new Set(letters.flatMap(({ texts }) => texts));
        const last = new Map<string, number>();
        for (const text of firstSuccesses.filter((text) => p.restarts === 0 || !given.has(text))) {
          const [key = "", number] = text.split(":");
          expect(Number(number)).toBeGreaterThan(last.get(key) ?? -1);
          last.set(key, Number(number));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is the same for the same seed", async () => {
    const p = {
      seed: 42,
      records: 60,
      keys: 5,
      shards: 2,
      batchSize: 6,
      factor: 3,
      window: 1,
      bisects: true,
      reports: true,
      retries: 2,
      reshard: true,
      restarts: 1,
    };

    const [one, two] = [await simulate(p), await simulate(p)];

    expect(one.firstSuccesses).toEqual(two.firstSuccesses);
    expect(one.letters).toEqual(two.letters);
    expect(one.letters.length).toBeGreaterThan(0);
  });
});
