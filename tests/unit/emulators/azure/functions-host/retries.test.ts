import { describe, expect, it } from "@jest/globals";
import { gate, raise } from "../../../../support/promises";
import { hostHarness } from "./host-harness";

const FIXED = { strategy: "fixedDelay", delaySeconds: 10, maxRetryCount: 2 } as const;

describe("a retry policy", () => {
  it("without one, a failed batch is passed by the checkpoint and lost", async () => {
    const { host, put, calls } = await hostHarness({
      eventHubs: { maxEventBatchSize: 2 },
      handle: ({ texts }) => texts.includes("a") && raise(new Error("down")),
    });
    put(["a", "b", "c"]);

    await host.drained();

    expect(calls.map(({ texts }) => texts)).toEqual([["a", "b"], ["c"]]);
    expect(calls[0]?.context.retryContext).toBeUndefined();
    expect(host.checkpoints()).toEqual({ "0": 2 });
    expect(host.stats).toMatchObject({ failures: 1, exhausted: 1, lost: 2 });
  });

  it("tries the same batch again after a fixed pause, and the partition waits for it", async () => {
    const times: number[] = [];
    const { clock, host, put, calls } = await hostHarness({
      retry: FIXED,
      eventHubs: { maxEventBatchSize: 1 },
      handle: ({ texts, retryCount = 0 }) => {
        times.push(clock.monotonic());
        if (texts.includes("a") && retryCount < 2) throw new Error("down");
      },
    });
    put(["a", "b"]);

    await host.drained();

    expect(calls.map(({ texts, retryCount }) => [texts[0], retryCount])).toEqual([
      ["a", 0],
      ["a", 1],
      ["a", 2],
      ["b", 0],
    ]);
    expect(times).toEqual([0, 10_000, 20_000, 20_000]);
    expect(host.stats).toMatchObject({ retries: 2, exhausted: 0, lost: 0 });
  });

  it("loses the batch when its retries are used up", async () => {
    const { host, put, calls } = await hostHarness({ retry: FIXED, handle: () => raise(new Error("down")) });
    put(["a", "b"]);

    await host.drained();

    expect(calls).toHaveLength(3);
    expect(host.stats).toMatchObject({ failures: 3, exhausted: 1, lost: 2 });
  });

  it("tells the function at every attempt how many there were, and what the one before failed with", async () => {
    const { host, put, calls } = await hostHarness({
      retry: FIXED,
      handle: () => raise(new Error("the store is down")),
    });
    put(["a"]);

    await host.drained();

    const [first, second] = calls.map(({ context }) => context.retryContext);
    expect(first).toEqual({ retryCount: 0, maxRetryCount: 2 });
    expect(second).toMatchObject({ retryCount: 1, maxRetryCount: 2 });
    expect(second?.exception?.message).toContain("the store is down");
  });

  it("with a count of -1 never gives up", async () => {
    let left = 1_000;
    const { host, put } = await hostHarness({
      retry: { ...FIXED, maxRetryCount: -1 },
      handle: () => {
        if (left-- > 0) throw new Error("down");
      },
    });
    put(["a"]);

    await host.drained();

    expect(host.stats).toMatchObject({ failures: 1_000, retries: 1_000, exhausted: 0, lost: 0 });
  });

  it("backs off from the shortest pause by powers of two, with some randomness, to the longest", async () => {
    const times: number[] = [];
    const { clock, host, put } = await hostHarness({
      retry: { strategy: "exponentialBackoff", minimumSeconds: 5, maximumSeconds: 60, maxRetryCount: 7 },
      handle: () => {
        times.push(clock.monotonic());
        throw new Error("down");
      },
    });
    put(["a"]);

    await host.drained();

    const pauses = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1_000);
    expect(pauses[0]).toBe(5);
    for (const [i, pause] of pauses.slice(1, 4).entries()) {
      expect(pause).toBeGreaterThanOrEqual(5 + 0.8 * 5 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(5 + 1.2 * 5 * 2 ** i);
    }
    expect(pauses.slice(-2)).toEqual([60, 60]);
  });

  it("goes on in a new process when a process ends, and counts on", async () => {
    const { host, put, calls } = await hostHarness({
      retry: FIXED,
      handle: ({ process }, { exit }) => (process === 0 ? exit(3) : undefined),
    });
    put(["a"]);

    await host.drained();

    expect(calls.map(({ process, retryCount }) => [process, retryCount])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(calls[1]?.context.retryContext?.exception?.message).toContain("node exited with code 3");
    expect(host.stats).toMatchObject({ workerExits: 1, workerStarts: 2, lost: 0 });
  });

  it("fails all that runs in a process that ends", async () => {
    const dying = gate();
    const { host, put, calls } = await hostHarness({
      partitions: 3,
      retry: FIXED,
      handle: async ({ process, partition }, { exit }) => {
        if (process > 0) return;
        await dying.promise;
        if (partition === "2") exit(1);
        await new Promise(() => {});
      },
    });
    for (const partition of ["0", "1", "2"]) put(["a"], partition);

    dying.open();
    await host.drained();

    expect(calls.filter(({ process }) => process === 1).map(({ retryCount }) => retryCount)).toEqual([1, 1, 1]);
    expect(host.stats).toMatchObject({ failures: 3, successes: 3 });
  });

  it("ends the process of a function that takes too long, with all that runs in it", async () => {
    const { clock, host, put, calls } = await hostHarness({
      partitions: 2,
      retry: FIXED,
      timeoutMs: 60_000,
      handle: async ({ process, partition }) => {
        if (process === 0 && partition === "0") await new Promise(() => {});
        if (process === 0) await clock.sleep(100_000);
      },
    });
    put(["hangs"], "0");
    put(["slow"], "1");

    await host.drained();

    expect(calls.map(({ process, retryCount }) => [process, retryCount])).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(host.stats).toMatchObject({ timeouts: 1, workerExits: 0, workerStarts: 2, lost: 0 });
  });

  it("starts again at 0 when processes keep ending: the third within half an hour takes the instance with it", async () => {
    let crashes = 3;
    const { host, put, calls } = await hostHarness({
      retry: { ...FIXED, maxRetryCount: -1 },
      handle: (_, { exit }) => (crashes-- > 0 ? exit(1) : undefined),
    });
    put(["a"]);

    await host.drained();

    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 0]);
    expect(host.stats).toMatchObject({ recycles: 1, workerExits: 3, lost: 0 });
    expect(host.instances()).toHaveLength(1);
  });

  it("waits between restarts of a process", async () => {
    const starts: number[] = [];
    let crashes = 2;
    const { clock, host, put } = await hostHarness({
      retry: { ...FIXED, delaySeconds: 0 },
      handle: (_, { exit }) => {
        starts.push(clock.monotonic());
        if (crashes-- > 0) exit(1);
      },
    });
    put(["a"]);

    await host.drained();

    expect(starts).toEqual([0, 0, 10_000]);
  });
});
