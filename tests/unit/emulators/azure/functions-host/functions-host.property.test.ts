import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "sluice";
import { hostHarness } from "./host-harness";

const plan = fc.record({
  seed: fc.integer(),
  events: fc.integer({ min: 1, max: 60 }),
  partitions: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  instances: fc.integer({ min: 1, max: 3 }),
  retries: fc.integer({ min: -1, max: 2 }),
  harm: fc.integer({ min: 0, max: 6 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** A function that fails in every way by chance, while instances and processes come and go. */
async function simulate(p: Plan) {
  const random = seededRandom(p.seed);
  const chance = (share: number) => random() < share;
  const done = new Map<string, string[]>();
  const harness = await hostHarness({
    seed: p.seed,
    partitions: p.partitions,
    instances: p.instances,
    ownershipMs: 30_000,
    retry: { strategy: "exponentialBackoff", minimumSeconds: 1, maximumSeconds: 20, maxRetryCount: p.retries },
    eventHubs: { maxEventBatchSize: p.batchSize },
    handle: async ({ texts, partition }, process) => {
      await harness.clock.sleep(random() * 5_000);
      if (chance(0.05)) process.exit(1);
      if (chance(0.2)) throw new Error("failed");
      if (process.signal.aborted) return;
      done.set(partition, [...(done.get(partition) ?? []), ...texts]);
    },
  });
  const { host, clock, hub } = harness;
  for (let i = 0; i < p.events; i++) hub.append([{ body: String(i), partitionKey: `key ${i % 7}` }]);
  for (let i = 0; i < p.harm; i++) {
    await clock.sleep(random() * 10_000);
    const harm = random();
    if (harm < 0.3) host.kill();
    else if (harm < 0.5) host.killWorker();
    else if (harm < 0.8) await host.scale(1 + Math.floor(random() * 3));
    else {
      await host.stop();
      await host.start();
    }
  }
  await host.drained();
  const { stats } = host;
  const checkpoints = host.checkpoints();
  await host.close();
  return { done, stats, checkpoints, hub };
}

describe("a Functions host under random failures", () => {
  it("passes no event that has not succeeded, except those it counts as lost", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { done, stats, checkpoints, hub } = await simulate(p);

        const seen = new Set([...done.values()].flat());
        expect(p.events - seen.size).toBeLessThanOrEqual(stats.lost);
        if (p.retries === -1) expect(stats.lost).toBe(0);
        for (const partition of hub.partitionIds) {
          expect(checkpoints[partition] ?? -1).toBe(hub.lastSequence(partition));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("never lets an event of a partition succeed for the first time after a later one has", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { done } = await simulate({ ...p, retries: -1 });

        for (const texts of done.values()) {
          const first = [...new Set(texts)].map(Number);
          expect(first).toEqual(first.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is the same for the same seed", async () => {
    const p = { seed: 7, events: 50, partitions: 4, batchSize: 4, instances: 2, retries: 1, harm: 5 };

    const [one, two] = [await simulate(p), await simulate(p)];

    expect(one.stats).toEqual(two.stats);
    expect(one.done).toEqual(two.done);
  });
});
