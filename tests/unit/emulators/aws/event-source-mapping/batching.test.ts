import { describe, expect, it } from "@jest/globals";
import { settled } from "../../../../support/manual-clock";
import { gate } from "../../../../support/promises";
import { mappingHarness } from "./mapping-harness";

const SECOND = 1_000;

describe("the batches of an event source mapping", () => {
  it("end at the batch size", async () => {
    const { stream, mapping, calls } = mappingHarness({ settings: { batchSize: 2 } });
    for (const text of ["a", "b", "c", "d", "e"]) stream.put("key", text);

    await mapping.runUntilIdle();

    expect(calls).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("go at once without a batching window", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({ time: { auto: false } });
    stream.put("key", "a");

    mapping.start();
    await settled();
    await settled();

    expect(calls).toEqual([["a"]]);
    expect(clock.monotonic()).toBe(0);
    await mapping.stop();
  });

  it("wait for the window from their first record on, and then go as they are", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({
      settings: { batchSize: 100, maximumBatchingWindowInSeconds: 5 },
      time: { auto: false },
    });
    stream.put("key", "a");
    mapping.start();
    await clock.advance(2 * SECOND);
    stream.put("key", "b");

    await clock.advance(2_999);
    const early = calls.length;
    await clock.advance(1);

    expect(early).toBe(0);
    expect(calls).toEqual([["a", "b"]]);
    await mapping.stop();
  });

  it("do not wait for the window when they are full", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({
      settings: { batchSize: 2, maximumBatchingWindowInSeconds: 300 },
      time: { auto: false },
    });
    for (const text of ["a", "b", "c"]) stream.put("key", text);

    mapping.start();
    await clock.advance(SECOND);

    expect(calls).toEqual([["a", "b"]]);
    await mapping.stop();
  });

  it("end before the event would be longer than 6 MB, base64 included", async () => {
    const sizes: number[] = [];
    const { stream, mapping, calls } = mappingHarness({
      settings: { batchSize: 100, maximumBatchingWindowInSeconds: 300 },
      handle: (_, event) => {
        sizes.push(Buffer.byteLength(JSON.stringify(event)));
      },
    });
    for (let i = 0; i < 10; i++) stream.put("key", "x".repeat(1024 * 1024));

    await mapping.runUntilIdle();

    expect(calls.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
  });

  it("hold records of one shard only", async () => {
    const shardsPerCall: number[] = [];
    const { stream, mapping } = mappingHarness({
      shards: 3,
      handle: (_, event) => {
        shardsPerCall.push(new Set(event.Records.map(({ eventID }) => eventID.split(":")[0])).size);
      },
    });
    for (let i = 0; i < 30; i++) stream.put(`key ${i}`, String(i));

    await mapping.runUntilIdle();

    expect(shardsPerCall).toEqual([1, 1, 1]);
  });

  it("run one at a time per shard, and shards at the same time", async () => {
    const open = gate();
    const { stream, mapping, calls } = mappingHarness({
      shards: 2,
      settings: { batchSize: 1 },
      handle: () => open.promise,
    });
    for (let i = 0; i < 20; i++) stream.put(`key ${i}`, String(i));

    mapping.start();
    await settled();
    await settled();
    const running = calls.length;
    open.open();
    await mapping.drained();

    expect(running).toBe(2);
    expect(calls).toHaveLength(20);
    await mapping.stop();
  });

  it("run up to the parallelization factor at a time per shard, never two with the same key", async () => {
    const running = new Set<string>();
    let invocations = 0;
    let most = 0;
    let shared = false;
    const { clock, stream, mapping } = mappingHarness({
      settings: { batchSize: 3, parallelizationFactor: 4 },
      handle: async (_, event) => {
        const keys = event.Records.map(({ kinesis }) => kinesis.partitionKey);
        shared ||= keys.some((key) => running.has(key));
        for (const key of keys) running.add(key);
        most = Math.max(most, ++invocations);
        await clock.sleep(100);
        invocations--;
        for (const key of keys) running.delete(key);
      },
    });
    for (let i = 0; i < 200; i++) stream.put(`key ${i % 20}`, String(i));

    await mapping.runUntilIdle();

    expect(shared).toBe(false);
    expect(most).toBe(4);
  });
});
