import type { PutRecordsRequestEntry, PutRecordsResultEntry } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import type { Records } from "../../../../../adapters/aws/ingest/records";
import { type SendOptions, send } from "../../../../../adapters/aws/ingest/send";
import { manualClock, settled } from "../../../../support/manual-clock";
import { gate, hanging } from "../../../../support/promises";

const OK: PutRecordsResultEntry = { SequenceNumber: "1", ShardId: "shardId-000000000000" };
const HOT: PutRecordsResultEntry = {
  ErrorCode: "ProvisionedThroughputExceededException",
  ErrorMessage: "Rate exceeded",
};

type Answer = (record: string, request: readonly string[]) => PutRecordsResultEntry;

describe("order", () => {
  it("a key has one record on its way at a time, and its next one leaves once it is durable", async () => {
    const { put, requests } = service(() => OK);

    const failed = await send(records(["a1", "a2", "b1", "a3", "b2", "c1"]), options({ put }));

    expect(failed.size).toBe(0);
    expect(requests).toEqual([["a1", "b1", "c1"], ["a2", "b2"], ["a3"]]);
  });

  it("a key waits for its throttled record while others go on", async () => {
    const clock = manualClock({ auto: false });
    const throttled = firstTimes(2, "a1", HOT);
    const { put, requests } = service(throttled);

    const sending = send(records(["a1", "b1", "a2", "b2", "b3"]), options({ put, clock }));
    for (let round = 0; round < 10; round++) await settled();
    const before = requests.slice();
    for (let second = 0; second < 20; second++) await clock.advance(1_000);
    const failed = await sending;

    expect(before).toEqual([["a1", "b1"], ["b2"], ["b3"]]);
    expect(requests.slice(3)).toEqual([["a1"], ["a1"], ["a2"]]);
    expect(failed.size).toBe(0);
  });

  it("a record that fails for good fails what comes later in its key, and nothing else", async () => {
    const { put, requests } = service((record) => (record === "a2" ? HOT : OK));

    const failed = await send(records(["a1", "a2", "a3", "a4", "b1", "b2"]), options({ put, attempts: 3 }));

    expect([...failed.keys()].sort()).toEqual([1, 2, 3]);
    for (const error of failed.values()) expect(error).toMatchObject({ code: "throttled", retryable: true });
    expect(requests.flat().filter((record) => record === "a2")).toHaveLength(3);
    expect(requests.flat()).not.toContain("a3");
  });

  it("what comes behind a refused record is not refused itself", async () => {
    const refusal = Object.assign(new Error("no"), { name: "InvalidArgumentException" });

    const failed = await send(records(["a1", "a2"]), options({ put: () => Promise.reject(refusal) }));

    expect(failed.get(0)).toMatchObject({ code: "store-rejected", retryable: false });
    expect(failed.get(1)).toMatchObject({ code: "unavailable", retryable: true, cause: failed.get(0) });
  });
});

describe("requests", () => {
  it("have at most 500 records", async () => {
    const { put, requests } = service(() => OK);

    await send(records(Array.from({ length: 1_201 }, (_, i) => `${i}-`)), options({ put }));

    expect(requests.map(({ length }) => length)).toEqual([500, 500, 201]);
  });

  it("have at most 5 MiB of data and keys", async () => {
    const sizes: number[] = [];
    const put: SendOptions["put"] = async (entries) => {
      sizes.push(entries.reduce((sum, { Data, PartitionKey }) => sum + Data!.length + PartitionKey!.length, 0));
      return entries.map(() => OK);
    };
    const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`.padEnd(10));
    const data = keys.map(() => Buffer.alloc(1024 * 1024 - 10));

    const failed = await send({ ...records(keys), keys, data }, options({ put }));

    expect(sizes).toEqual([5 * 1024 * 1024, 5 * 1024 * 1024, 2 * 1024 * 1024]);
    expect(failed.size).toBe(0);
  });

  it("go out side by side, as many as there may be", async () => {
    const open = gate<void>();
    let most = 0;
    let now = 0;
    const put: SendOptions["put"] = async (entries) => {
      most = Math.max(most, ++now);
      await open.promise;
      now--;
      return entries.map(() => OK);
    };

    const sending = send(records(Array.from({ length: 5_000 }, (_, i) => `${i}-`)), options({ put, parallel: 4 }));
    await settled();
    const waiting = now;
    open.open();
    const failed = await sending;

    expect([waiting, most, failed.size]).toEqual([4, 4, 0]);
  });

  it("none is made for nothing", async () => {
    const { put, requests } = service(() => OK);

    const failed = await send(records([]), options({ put }));

    expect([failed.size, requests.length]).toEqual([0, 0]);
  });
});

describe("failures", () => {
  it("only what failed is sent again, until it is durable", async () => {
    const { put, requests } = service(firstTimes(1, "b1", { ErrorCode: "InternalFailure" }));

    const failed = await send(records(["a1", "b1", "c1"]), options({ put }));

    expect(requests).toEqual([["a1", "b1", "c1"], ["b1"]]);
    expect(failed.size).toBe(0);
  });

  it("a request that fails as a whole is sent again as long as that can help", async () => {
    const outcomes = [Object.assign(new Error("x"), { code: "ECONNRESET" }), undefined];
    const put: SendOptions["put"] = async (entries) => {
      const error = outcomes.shift();
      if (error) throw error;
      return entries.map(() => OK);
    };

    const failed = await send(records(["a1", "b1"]), options({ put }));

    expect(failed.size).toBe(0);
    expect(outcomes).toEqual([]);
  });

  it("a record that the answer lacks is not durable", async () => {
    const failed = await send(records(["a1", "b1"]), options({ put: async () => [OK], attempts: 1 }));

    expect([...failed]).toMatchObject([[1, { code: "unavailable" }]]);
  });

  it("errors name the stream and never the event", async () => {
    const failed = await send(records(["a1"]), options({ put: async () => [HOT], attempts: 1 }));

    const error = failed.get(0)!;
    expect(error).toMatchObject({ stage: "ingest", adapter: "aws/ingest", coordinates: { stream: "s" } });
    expect(error.message).toBe("AWS: ProvisionedThroughputExceededException. Rate exceeded");
  });
});

describe("waiting", () => {
  it("is random and twice as long each time, and longer for throttling", async () => {
    const asked = async (result: PutRecordsResultEntry, random: number) => {
      const clock = manualClock();
      await send(records(["a1"]), options({ put: async () => [result], attempts: 4, clock, random: () => random }));
      return clock.asked();
    };

    expect(await asked({ ErrorCode: "InternalFailure" }, 0.5)).toBe(25 + 50 + 100);
    expect(await asked(HOT, 0.5)).toBe(125 + 250 + 500);
    expect(await asked(HOT, 0)).toBe(0);
  });

  it("is at least as long as the service asks", async () => {
    const clock = manualClock();
    const error = { name: "ThrottlingException", $response: { statusCode: 400, headers: { "retry-after": "7" } } };

    await send(records(["a1"]), options({ put: () => Promise.reject(error), attempts: 2, clock }));

    expect(clock.asked()).toBe(7_000);
  });

  it("ends with the time for all of it", async () => {
    const clock = manualClock();
    const { put, requests } = service(() => HOT);

    const failed = await send(
      records(["a1"]),
      options({ put, clock, attempts: 1_000, budgetMs: 2_000, random: () => 0.9 }),
    );

    expect(failed.get(0)).toMatchObject({ code: "throttled" });
    expect(clock.monotonic()).toBeLessThanOrEqual(2_000);
    expect(requests.length).toBeGreaterThan(2);
  });

  it("ends when the caller cancels: what is durable by then counts", async () => {
    const clock = manualClock({ auto: false });
    const controller = new AbortController();
    const { put } = service((record) => (record === "a1" ? HOT : OK));

    const sending = send(records(["a1", "b1", "a2"]), options({ put, clock, signal: controller.signal }));
    await settled();
    controller.abort();
    const failed = await sending;

    expect([...failed.keys()].sort()).toEqual([0, 2]);
    for (const error of failed.values()) expect(error.code).toBe("cancelled");
    expect(clock.sleepers()).toBe(0);
  });

  it("nothing is sent once the caller has cancelled", async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const put: SendOptions["put"] = async (entries) => {
      seen.push(...entries.map(({ PartitionKey }) => PartitionKey!));
      controller.abort();
      return entries.map(() => OK);
    };

    const failed = await send(records(["a1", "a2", "a3"]), options({ put, signal: controller.signal }));

    expect(seen).toEqual(["a"]);
    expect([...failed.values()].map(({ code }) => code)).toEqual(["cancelled", "cancelled"]);
  });

  it("a request that hangs is given the signal", async () => {
    const controller = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const put: SendOptions["put"] = (_, signal) => {
      signals.push(signal);
      return hanging();
    };

    void send(records(["a1"]), options({ put, signal: controller.signal }));
    await settled();

    expect(signals).toEqual([controller.signal]);
  });
});

/** A record per name: its key is the name without the number. */
function records(names: readonly string[]): Records {
  return {
    keys: names.map((name) => (/^\d/.test(name) ? name : name.slice(0, 1))),
    data: names.map((name) => Buffer.from(name)),
    events: names.map((_, i) => i),
    firstOf: names.map((_, i) => i).concat(names.length),
  };
}

/** Answers record by record, and keeps what each request held. */
function service(answer: Answer) {
  const requests: string[][] = [];
  const put = async (entries: PutRecordsRequestEntry[]) => {
    const names = entries.map(({ Data }) => Buffer.from(Data!).toString());
    requests.push(names);
    await settled();
    return names.map((name) => answer(name, names));
  };
  return { put, requests };
}

function firstTimes(times: number, name: string, result: PutRecordsResultEntry): Answer {
  let left = times;
  return (record) => (record === name && left-- > 0 ? result : OK);
}

function options({ attempts = 10, ...rest }: Partial<SendOptions> & { attempts?: number } & Pick<SendOptions, "put">) {
  return {
    parallel: 4,
    policy: { attempts, baseMs: 50, throttledBaseMs: 250, capMs: 5_000 },
    budgetMs: 60_000,
    clock: manualClock(),
    random: seededRandom(1),
    coordinates: { stream: "s" },
    signal: undefined,
    ...rest,
  };
}
