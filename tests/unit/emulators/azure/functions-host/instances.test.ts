import { describe, expect, it } from "@jest/globals";
import { createCheckpoints } from "../../../../../emulators/azure/functions-host";
import { manualClock, settled } from "../../../../support/manual-clock";
import { gate, raise } from "../../../../support/promises";
import { hostHarness } from "./host-harness";

const FOREVER = { strategy: "fixedDelay", delaySeconds: 60, maxRetryCount: -1 } as const;

describe("the instances of a function app", () => {
  it("share the partitions evenly", async () => {
    const { host } = await hostHarness({ partitions: 8, instances: 3 });

    const shares = host.instances().map(({ partitions }) => partitions.length);

    expect(shares.toSorted()).toEqual([2, 3, 3]);
    expect(
      host
        .instances()
        .flatMap(({ partitions }) => partitions)
        .toSorted(),
    ).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  });

  it("more of them take partitions away; what runs goes on, and comes again elsewhere", async () => {
    const open = gate();
    const { host, put, calls } = await hostHarness({
      partitions: 2,
      handle: ({ process }) => (process === 0 ? open.promise : undefined),
    });
    put(["a"], "0");
    put(["b"], "1");
    await settled();

    await host.scale(2);
    await settled();
    const meanwhile = calls.map(({ process }) => process);
    const checkpoints = Object.keys(host.checkpoints());
    open.open();
    await host.drained();

    expect(meanwhile).toEqual([0, 0, 1]);
    expect(checkpoints).toHaveLength(1);
    expect(host.stats).toMatchObject({ invocations: 3, successes: 3, steals: 1, lost: 0 });
    expect(Object.values(host.stats.checkpoints)).toEqual([1, 1]);
  });

  it("who has lost a partition writes no checkpoint for it, even after a failure", async () => {
    const open = gate();
    const { host, put } = await hostHarness({
      partitions: 2,
      handle: ({ process }) => (process === 0 ? open.promise.then(() => raise(new Error("down"))) : undefined),
    });
    put(["a"], "0");
    put(["b"], "1");
    await settled();

    await host.scale(2);
    open.open();
    await host.drained();

    expect(host.stats).toMatchObject({ failures: 2, successes: 1, lost: 1 });
  });

  it("fewer of them: the newest ends what it runs, and writes no checkpoint for it", async () => {
    const open = gate();
    const { host, put, calls } = await hostHarness({
      partitions: 2,
      instances: 2,
      handle: ({ process }) => (process === 1 ? open.promise : undefined),
    });
    put(["a"], "0");
    put(["b"], "1");
    await settled();

    const scaled = host.scale(1);
    open.open();
    await scaled;
    await host.drained();

    expect(calls).toHaveLength(3);
    expect(calls.filter(({ process }) => process === 0)).toHaveLength(2);
    expect(host.instances()).toHaveLength(1);
    expect(host.stats).toMatchObject({ successes: 3, lost: 0 });
  });

  it("a killed one is replaced; its partitions are free only when it has not renewed them for long enough", async () => {
    const times: number[] = [];
    const { clock, host, put, calls } = await hostHarness({
      ownershipMs: 120_000,
      retry: FOREVER,
      handle: ({ process }) => {
        times.push(clock.monotonic());
        return process === 0 ? new Promise(() => {}) : undefined;
      },
    });
    put(["a"]);
    await settled();

    host.kill();
    await host.drained();

    expect(calls.map(({ process, retryCount }) => [process, retryCount])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(times).toEqual([0, 120_000]);
    expect(host.stats).toMatchObject({ expired: 1, lost: 0, checkpoints: { "0": 1 } });
  });

  it("a kill between retries makes the count start again, and loses nothing", async () => {
    let failures = 5;
    const clock = manualClock({ auto: false });
    const { host, put, calls } = await hostHarness({
      clock,
      retry: { ...FOREVER, maxRetryCount: 5 },
      handle: () => {
        if (failures-- > 0) throw new Error("down");
      },
    });
    put(["a"]);
    await clock.advance(130_000);

    host.kill();
    await clock.advance(600_000);
    await host.drained();

    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(host.stats.lost).toBe(0);
  });

  it("a stop breaks a pause off and writes no checkpoint; a start begins the batch again", async () => {
    let isDown = true;
    const clock = manualClock({ auto: false });
    const { host, put, calls } = await hostHarness({
      clock,
      retry: FOREVER,
      handle: () => isDown && raise(new Error("down")),
    });
    put(["a"]);
    await settled();

    await host.stop();
    const stopped = host.checkpoints();
    isDown = false;
    await host.start();
    await host.drained();

    expect(stopped).toEqual({});
    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 0]);
    expect(host.stats).toMatchObject({ retries: 0, lost: 0 });
  });

  it("a stop waits for what runs", async () => {
    const open = gate();
    const { host, put, calls } = await hostHarness({ handle: () => open.promise });
    put(["a"]);
    await settled();
    let isStopped = false;
    const stopping = host.stop().then(() => {
      isStopped = true;
    });

    await settled();
    const early = isStopped;
    open.open();
    await stopping;

    expect(early).toBe(false);
    expect(host.stats.successes).toBe(1);
    expect(host.checkpoints()).toEqual({});
    expect(calls).toHaveLength(1);
  });

  it("another app goes on from the checkpoints it is given", async () => {
    const checkpoints = createCheckpoints();
    const first = await hostHarness({ checkpoints });
    first.put(["a", "b"]);
    await first.host.drained();
    await first.host.close();
    first.put(["c"]);

    const second = await hostHarness({ checkpoints, hub: first.hub, clock: first.clock });
    await second.host.drained();

    expect(second.calls.map(({ texts }) => texts)).toEqual([["c"]]);
  });

  it("with a checkpoint every third batch, a kill brings back up to three", async () => {
    const { host, put, calls } = await hostHarness({
      ownershipMs: 1_000,
      eventHubs: { maxEventBatchSize: 1, batchCheckpointFrequency: 3 },
    });
    put(["a", "b", "c", "d", "e"]);
    await host.drained();

    host.kill();
    await host.drained();

    expect(calls.map(({ texts }) => texts[0]).join("")).toBe("abcdede");
    expect(host.checkpoints()).toEqual({ "0": 2 });
  });

  it("with a checkpoint every third batch, a stop passes a batch whose retries it broke off", async () => {
    const clock = manualClock({ auto: false });
    const { host, put } = await hostHarness({
      clock,
      retry: FOREVER,
      eventHubs: { batchCheckpointFrequency: 3 },
      handle: () => raise(new Error("down")),
    });
    put(["a", "b"]);
    await settled();

    await host.stop();

    expect(host.checkpoints()).toEqual({ "0": 1 });
    expect(host.stats.lost).toBe(2);
  });
});
