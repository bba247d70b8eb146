import { describe, expect, it } from "@jest/globals";
import { manualClock, settled } from "../../../../support/manual-clock";
import { gate } from "../../../../support/promises";
import { hostHarness, hubOf } from "./host-harness";

const minutes = (count: number) => count * 60_000;

describe("an Event Hubs trigger", () => {
  it("hands over what there is, in order, up to the largest batch", async () => {
    const { host, calls, put } = await hostHarness({ eventHubs: { maxEventBatchSize: 3 } });
    put(["a", "b", "c", "d", "e", "f", "g"]);

    await host.drained();

    expect(calls.map(({ texts }) => texts.length)).toEqual([3, 3, 1]);
    expect(calls.flatMap(({ texts }) => texts)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  it("never mixes partitions, runs several of them at once and each with one batch at a time", async () => {
    const open = gate();
    const running = new Map<string, number>();
    let most = 0;
    let mostOfOne = 0;
    const { host, put, calls } = await hostHarness({
      partitions: 4,
      eventHubs: { maxEventBatchSize: 1 },
      handle: async ({ partition }) => {
        running.set(partition, (running.get(partition) ?? 0) + 1);
        most = Math.max(
          most,
          [...running.values()].reduce((sum, one) => sum + one),
        );
        mostOfOne = Math.max(mostOfOne, ...running.values());
        await open.promise;
        running.set(partition, (running.get(partition) ?? 0) - 1);
      },
    });
    for (const partition of ["0", "1", "2", "3"]) put([`${partition}a`, `${partition}b`], partition);

    await settled();
    open.open();
    await host.drained();

    expect(most).toBe(4);
    expect(mostOfOne).toBe(1);
    expect(calls.every(({ texts, partition }) => texts.every((text) => text.startsWith(partition)))).toBe(true);
    expect(new Set(calls.map(({ process }) => process)).size).toBe(1);
  });

  it("writes a checkpoint after each batch, with the last event's number", async () => {
    const { host, put } = await hostHarness({ eventHubs: { maxEventBatchSize: 2 } });
    put(["a", "b"]);
    put(["c"]);

    await host.drained();

    expect(host.checkpoints()).toEqual({ "0": 2 });
    expect(host.stats).toMatchObject({ invocations: 2, successes: 2, lost: 0, checkpoints: { "0": 2 } });
  });

  it("tells the function where a batch comes from", async () => {
    const { host, put, calls } = await hostHarness({ partitions: 2, namespace: "ns.servicebus.windows.net" });
    put(["a"], "1");

    await host.drained();

    expect(calls[0]?.context.triggerMetadata).toMatchObject({
      partitionContext: {
        partitionId: "1",
        eventHubName: "events",
        consumerGroup: "$Default",
        fullyQualifiedNamespace: "ns.servicebus.windows.net",
        isCheckpointingAfterInvocation: true,
      },
      sequenceNumberArray: [0],
    });
  });

  it("waits for the smallest batch", async () => {
    const { clock, host, put, calls } = await hostHarness({
      clock: manualClock({ auto: false }),
      eventHubs: { minEventBatchSize: 3, maxEventBatchSize: 10, maxWaitTime: "00:05:00" },
    });
    put(["first"]);
    await settled();
    put(["a", "b"]);
    await clock.advance(minutes(4));
    const before = calls.length;

    put(["c"]);
    await host.drained();

    expect(before).toBe(1);
    expect(calls.map(({ texts }) => texts)).toEqual([["first"], ["a", "b", "c"]]);
  });

  it("does not wait longer than it may, and not at all for the first batch of a partition without a checkpoint", async () => {
    const times: number[] = [];
    const { clock, host, put } = await hostHarness({
      eventHubs: { minEventBatchSize: 3, maxEventBatchSize: 10, maxWaitTime: "00:05:00" },
      handle: () => times.push(clock.monotonic()),
    });
    put(["first"]);
    await host.drained();
    put(["a"]);

    await host.drained();

    expect(times).toEqual([0, minutes(5)]);
  });

  it("starts where it is told when there is no checkpoint", async () => {
    const clock = manualClock();
    const hub = hubOf(clock, 1);
    hub.append([{ body: "old" }], "0");
    const { host, put, calls } = await hostHarness({
      clock,
      hub,
      eventHubs: { initialOffsetOptions: { type: "fromEnd" } },
    });
    put(["new"]);

    await host.drained();

    expect(calls.map(({ texts }) => texts)).toEqual([["new"]]);
  });
});
