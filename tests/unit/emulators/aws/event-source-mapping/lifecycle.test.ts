import { describe, expect, it } from "@jest/globals";
import { settled } from "../../../../support/manual-clock";
import { gate, raise } from "../../../../support/promises";
import { mappingHarness } from "./mapping-harness";

describe("starting and stopping a mapping", () => {
  it("delivers again after a restart what was not done, and nothing that was", async () => {
    let down = true;
    const { stream, mapping, calls } = mappingHarness({
      settings: { batchSize: 1 },
      handle: (texts) => (down && texts.includes("b") ? raise(new Error("down")) : null),
    });
    for (const text of ["a", "b", "c"]) stream.put("key", text);
    mapping.start();
    for (let i = 0; i < 20; i++) await settled();
    await mapping.stop();
    calls.length = 0;
    down = false;

    await mapping.runUntilIdle();

    expect(calls).toEqual([["b"], ["c"]]);
  });

  it("waits for a running invocation when it stops, and takes its result", async () => {
    const open = gate();
    const { stream, mapping } = mappingHarness({ handle: () => open.promise });
    const { sequenceNumber } = stream.put("key", "a");
    mapping.start();
    await settled();
    await settled();

    const stopping = mapping.stop();
    open.open();
    await stopping;

    expect(mapping.checkpoints()).toEqual({ "shardId-000000000000": sequenceNumber });
  });

  it("tells those who wait when it is stopped", async () => {
    const { mapping } = mappingHarness({ handle: () => raise(new Error("down")) });
    mapping.start();

    const waiting = expect(mapping.drained()).rejects.toThrow("stopped");
    await mapping.stop();

    await waiting;
    await expect(mapping.drained()).rejects.toThrow("not started");
  });

  it("starts at the end of the stream with LATEST, and misses nothing from then on, restarts included", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({ settings: { startingPosition: "LATEST" } });
    stream.put("key", "before");
    clock.block(1_000);
    await mapping.runUntilIdle();
    stream.put("key", "while stopped");

    await mapping.runUntilIdle();

    expect(calls).toEqual([["while stopped"]]);
  });
});

describe("resharding", () => {
  it("starts a shard when its parent is closed and done, so that a key's order holds", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({
      settings: { batchSize: 5, parallelizationFactor: 2 },
      handle: () => clock.sleep(500),
    });
    const put = (i: number) => stream.put(`key ${i % 10}`, `${i % 10}:${i}`);
    for (let i = 0; i < 40; i++) put(i);
    stream.split("shardId-000000000000");
    for (let i = 40; i < 80; i++) put(i);
    stream.merge("shardId-000000000001", "shardId-000000000002");
    for (let i = 80; i < 120; i++) put(i);

    await mapping.runUntilIdle();

    const seen = calls.flat();
    expect(seen).toHaveLength(120);
    for (let key = 0; key < 10; key++) {
      const numbers = seen.filter((text) => text.startsWith(`${key}:`)).map((text) => Number(text.slice(2)));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(Object.keys(mapping.checkpoints())).toHaveLength(4);
  });

  it("reads a new shard from its beginning also with LATEST", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({ settings: { startingPosition: "LATEST" } });
    mapping.start();
    await mapping.drained();
    stream.split("shardId-000000000000");
    for (let i = 0; i < 10; i++) stream.put(`key ${i}`, String(i));
    await clock.sleep(5_000);

    await mapping.drained();

    expect(
      calls
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await mapping.stop();
  });

  it("waits at a parent that cannot go on", async () => {
    const { clock, stream, mapping, calls } = mappingHarness({
      handle: (texts) => (texts.includes("stuck") ? raise(new Error("stuck")) : null),
    });
    stream.put("key", "stuck");
    stream.split("shardId-000000000000");
    stream.put("key", "behind");
    mapping.start();

    await clock.sleep(3_600_000);

    expect(new Set(calls.flat())).toEqual(new Set(["stuck"]));
    expect(mapping.isDrained()).toBe(false);
    await mapping.stop();
  });
});
