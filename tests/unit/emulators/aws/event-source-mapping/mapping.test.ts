import { describe, expect, it } from "@jest/globals";
import { createEventSourceMapping } from "../../../../../emulators/aws/event-source-mapping";
import { settled } from "../../../../support/manual-clock";
import { gate, raise } from "../../../../support/promises";
import { failed, mappingHarness, STREAM_ARN } from "./mapping-harness";

const REPORTS = { functionResponseTypes: ["ReportBatchItemFailures"] };
const throttle = () => raise(Object.assign(new Error("Rate Exceeded."), { statusCode: 429 }));

describe("an event source mapping", () => {
  it("ignores what the function answers unless it is told to look", async () => {
    const { stream, mapping, calls } = mappingHarness({ handle: (_, event) => failed(event, "a") });
    stream.put("key", "a");

    await mapping.runUntilIdle();

    expect(calls).toEqual([["a"]]);
    expect(mapping.stats.processed).toBe(1);
  });

  it("loses records without a word where the outer key is misspelt", async () => {
    const { stream, mapping, calls, letters } = mappingHarness({
      settings: REPORTS,
      handle: (_, event) => ({ batchItemFailure: failed(event, "a").batchItemFailures }),
    });
    stream.put("key", "a");

    await mapping.runUntilIdle();

    expect(calls).toHaveLength(1);
    expect(letters).toEqual([]);
  });

  it("retries from the lowest failed record on", async () => {
    let first = true;
    const { stream, mapping, calls } = mappingHarness({
      settings: REPORTS,
      handle: (_, event) => {
        const answer = first ? failed(event, "b", "d") : null;
        first = false;
        return answer;
      },
    });
    for (const text of ["a", "b", "c", "d"]) stream.put("key", text);

    await mapping.runUntilIdle();

    expect(calls).toEqual([
      ["a", "b", "c", "d"],
      ["b", "c", "d"],
    ]);
  });

  it("backs off longer with every failure, and not all mappings alike", async () => {
    const times: number[] = [];
    const { clock, stream, mapping } = mappingHarness({
      settings: { maximumRetryAttempts: 8 },
      retryMs: { base: 1_000, cap: 60_000 },
      handle: () => {
        times.push(clock.monotonic());
        throw new Error("down");
      },
    });
    stream.put("key", "a");

    await mapping.runUntilIdle();

    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(waits).toHaveLength(8);
    for (const [i, wait] of waits.entries()) {
      const ceiling = Math.min(60_000, 1_000 * 2 ** i);
      expect(wait).toBeGreaterThanOrEqual(ceiling / 2);
      expect(wait).toBeLessThanOrEqual(ceiling);
    }
  });

  it("retries a throttle without using up attempts, until the record is too old", async () => {
    const { clock, stream, mapping, letters } = mappingHarness({
      settings: { maximumRetryAttempts: 0, maximumRecordAgeInSeconds: 600 },
      handle: throttle,
    });
    stream.put("key", "a");
    const started = clock.now();

    await mapping.runUntilIdle();

    expect(mapping.stats.throttles).toBeGreaterThan(10);
    expect(mapping.stats.invocations).toBe(0);
    expect(clock.now() - started).toBeGreaterThan(600_000);
    expect(letters[0]?.body.requestContext).toMatchObject({
      condition: "RecordAgeExceeded",
      approximateInvokeCount: 0,
    });
  });

  it("goes on after a throttle that ends", async () => {
    let left = 5;
    const { stream, mapping, letters } = mappingHarness({
      settings: { maximumRetryAttempts: 0 },
      handle: () => (left-- > 0 ? throttle() : null),
    });
    stream.put("key", "a");

    await mapping.runUntilIdle();

    expect(mapping.stats).toMatchObject({ throttles: 5, invocations: 1, processed: 1 });
    expect(letters).toEqual([]);
  });

  it("gives up only the records that are too old, before it invokes", async () => {
    const { clock, stream, mapping, calls, letters } = mappingHarness({ settings: { maximumRecordAgeInSeconds: 60 } });
    stream.put("key", "old");
    clock.block(60_001);
    stream.put("key", "young");

    await mapping.runUntilIdle();

    expect(calls).toEqual([["young"]]);
    expect(letters.map(({ texts }) => texts)).toEqual([["old"]]);
    expect(letters[0]?.body).not.toHaveProperty("responseContext");
  });

  it("moves on after it has given a batch up, with the whole event in the destination", async () => {
    const { stream, mapping, letters, calls } = mappingHarness({
      settings: { batchSize: 2, maximumRetryAttempts: 1 },
      handle: (texts) => (texts.includes("a") ? raise(new Error("bad")) : null),
    });
    for (const text of ["a", "b", "c"]) stream.put("key", text);

    await mapping.runUntilIdle();

    expect(calls).toEqual([["a", "b"], ["a", "b"], ["c"]]);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.texts).toEqual(["a", "b"]);
    expect(letters[0]?.key).toContain(`aws/lambda/${mapping.id}/shardId-000000000000/`);
    expect(letters[0]?.body.requestContext).toMatchObject({
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: 2,
    });
    expect(letters[0]?.body.responseContext?.functionError).toBe("Unhandled");
  });

  it("does not move on before the destination has taken the batch", async () => {
    let refusals = 3;
    const order: string[] = [];
    const { stream, mapping } = mappingHarness({
      settings: { batchSize: 1, maximumRetryAttempts: 0 },
      handle: (texts) => {
        order.push(texts.join());
        if (texts.includes("bad")) throw new Error("bad");
      },
      onFailure: async () => {
        order.push("destination");
        if (refusals-- > 0) throw new Error("slow down");
      },
    });
    stream.put("key", "bad");
    stream.put("key", "next");

    await mapping.runUntilIdle();

    expect(order).toEqual(["bad", "destination", "destination", "destination", "destination", "next"]);
    expect(mapping.stats).toMatchObject({ letters: 1, letterErrors: 3, discarded: 1 });
  });

  it("holds the checkpoint before a record that is open, while other keys go on", async () => {
    const open = gate();
    const { stream, mapping } = mappingHarness({
      settings: { batchSize: 1, parallelizationFactor: 10 },
      handle: (texts) => (texts.includes("held") ? open.promise : null),
    });
    const before = stream.put("first", "before");
    stream.put("held", "held");
    for (let i = 0; i < 50; i++) stream.put(`key ${i}`, String(i));
    const last = stream.put("first", "after");

    mapping.start();
    for (let i = 0; i < 100; i++) await settled();
    const held = mapping.checkpoints();
    const processed = mapping.stats.processed;
    open.open();
    await mapping.drained();

    expect(held).toEqual({ "shardId-000000000000": before.sequenceNumber });
    expect(processed).toBeGreaterThan(30);
    expect(mapping.checkpoints()).toEqual({ "shardId-000000000000": last.sequenceNumber });
    await mapping.stop();
  });

  it("survives a stream that fails", async () => {
    let failures = 6;
    const base = mappingHarness();
    const flaky = () => {
      if (failures-- > 0) throw new Error("ProvisionedThroughputExceededException");
    };
    const { mapping, calls } = mappingHarness({
      clock: base.clock,
      source: {
        shards: async (signal) => {
          if (failures > 4) flaky();
          return base.stream.source.shards(signal);
        },
        open: async (...position) => {
          const reader = await base.stream.source.open(...position);
          return {
            read: async (...page) => {
              flaky();
              return reader.read(...page);
            },
          };
        },
      },
    });
    base.stream.put("key", "a");

    await mapping.runUntilIdle();

    expect(calls).toEqual([["a"]]);
    expect(mapping.stats.sourceErrors).toBe(6);
  });

  it("refuses a destination that nobody writes to", () => {
    const { clock, stream } = mappingHarness();
    const settings = {
      startingPosition: "LATEST",
      destinationConfig: { onFailure: { destination: "arn:aws:s3:::bucket" } },
    } as const;

    const create = () =>
      createEventSourceMapping({
        streamArn: STREAM_ARN,
        source: stream.source,
        settings,
        invoke: async () => null,
        clock,
      });

    expect(create).toThrow("onFailure");
  });
});
