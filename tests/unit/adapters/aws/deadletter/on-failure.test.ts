import { describe, expect, it } from "@jest/globals";
import { type DeadLetter, encodeEnvelope } from "sluice";
import { errorOf } from "../../../../support/contract";
import { all, letter } from "../../../../support/records";
import { at, fault, keys, listing, put, SHARD, withLetters, withStub } from "./open";

const GIVEN = `aws/lambda/4c6f/${SHARD}/2026/01/02/2026-01-02T03.04.05-f00d`;

describe("on-failure objects of an event source mapping", () => {
  it("are one letter per record, with the id that the engine would give it", () =>
    withLetters({ pipeline: "orders-fraud" }, async (store) => {
      await put(store, GIVEN, onFailure([record(1), record(2)]));

      const [first, second] = await all(store.list({ limit: 9 }));

      expect(first).toMatchObject({
        id: letterOf(1).id,
        key: "k1",
        stage: "engine",
        code: "internal",
        attempts: 11,
        failedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
        pipeline: "orders-fraud",
        position: { source: "orders", partition: SHARD, offset: sequence(1), index: 0 },
        message: expect.stringContaining("RetryAttemptsExhausted"),
      });
      expect(Buffer.from(second!.body).toString()).toBe('{"n":2}');
      expect(await store.get(letterOf(2).id)).toEqual(second);
    }));

  it("are read with the event as an object, too, and from a consumer with enhanced fan-out", () =>
    withLetters({}, async (store) => {
      const arn = "arn:aws:kinesis:eu-central-1:1:stream/orders/consumer/fast:17";
      const document = { ...JSON.parse(onFailure([])), payload: { Records: [{ ...record(1), eventSourceARN: arn }] } };
      await put(store, GIVEN, JSON.stringify(document));

      expect(await all(store.list({ limit: 9 }))).toMatchObject([{ id: letterOf(1).id }]);
    }));

  it("keep a record of many events whole, without a key, and bytes as they are", () =>
    withLetters({}, async (store) => {
      const envelope = encodeEnvelope(["1", "2"], 7);
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await put(store, GIVEN, onFailure([record(1, envelope), record(2, bytes)]));

      const [first, second] = await all(store.list({ limit: 9 }));

      expect([first?.key, Buffer.from(first!.body).toString()]).toEqual([undefined, envelope]);
      expect([...second!.body]).toEqual([...bytes]);
    }));

  it("come in order of time between our own letters", () =>
    withLetters({}, async (store) => {
      await store.put([at("1", { failedAt: 1 }), at("2", { failedAt: Date.UTC(2027, 0, 1) })]);
      await put(store, GIVEN, onFailure([record(1)]));

      const found = await all(store.list({ limit: 9 }));

      expect(found.map(({ id }) => id)).toEqual([at("1").id, letterOf(1).id, at("2").id]);
      expect(await all(store.list({ limit: 9, code: "json" }))).toHaveLength(2);
      expect(await all(store.list({ limit: 9, code: "internal" }))).toHaveLength(1);
    }));

  it("of which a part is taken, leave the rest as letters, and none comes twice", () =>
    withLetters({}, async (store, restart) => {
      await put(store, GIVEN, onFailure([1, 2, 3, 4].map((number) => record(number))));
      const before = await all(store.list({ limit: 9 }));

      expect(await store.take([letterOf(2).id, letterOf(4).id])).toBe(2);

      const after = await all(restart().list({ limit: 9 }));
      expect(after).toEqual([before[0], before[2]]);
      expect(await keys(store, "aws/")).toEqual([]);
      expect(await store.take([letterOf(1).id, letterOf(2).id, letterOf(3).id])).toBe(2);
    }));

  it("can be taken letter by letter while they are listed, by who has not listed them, and all at once", () =>
    withLetters({}, async (store, restart) => {
      await put(store, GIVEN, onFailure([1, 2, 3].map((number) => record(number))));
      await put(store, `${GIVEN}b`, onFailure([4, 5].map((number) => record(number))));
      const listed: string[] = [];

      for await (const { id } of store.list({ limit: 99 })) {
        listed.push(id);
        if (listed.length <= 3) expect(await store.take([id])).toBe(1);
      }

      expect(listed).toEqual([1, 2, 3, 4, 5].map((number) => letterOf(number).id));
      expect(await restart().take([4, 5].map((number) => letterOf(number).id))).toBe(2);
      expect(await keys(store, "")).toEqual([]);
    }));

  it("are looked for again when another process has taken some of them", () =>
    withLetters({}, async (store, restart) => {
      await put(store, GIVEN, onFailure([record(1), record(2)]));
      await all(store.list({ limit: 9 }));
      await restart().take([letterOf(1).id]);

      expect(await store.get(letterOf(1).id)).toBeUndefined();
      expect(await store.get(letterOf(2).id)).toMatchObject({ id: letterOf(2).id });
    }));

  it("stay if the rest cannot be kept", () =>
    withStub(
      ({ method, path }) => {
        if (method === "PUT") return fault("SlowDown", 503);
        if (path.includes("list-type")) return { body: listing(path.includes("prefix=aws") ? [GIVEN] : []) };
        return { body: method === "GET" ? onFailure([record(1), record(2)]) : "" };
      },
      async (store, requests) => {
        const error = await errorOf(store.take([letterOf(1).id]));

        expect(error).toMatchObject({ code: "throttled" });
        expect(requests.map(({ method }) => method)).not.toContain("POST");
      },
    ));

  it("without an event, or of something else, are left alone and reported", async () => {
    const unreadable: string[] = [];
    await withLetters({ onUnreadable: (key, why) => unreadable.push(`${key}: ${why}`) }, async (store) => {
      const { payload: _, ...metadata } = JSON.parse(onFailure([record(1)]));
      await put(store, "aws/lambda/a/b/1", JSON.stringify(metadata));
      await put(store, "aws/lambda/a/b/2", "not json");
      await put(store, "aws/lambda/a/3", onFailure([{ dynamodb: {} }]));
      await put(store, "aws/lambda/4", JSON.stringify({ payload: "{}" }));
      await put(store, "dead-letters/a/b/5.json", "{}");
      await store.put([letter(1)]);

      expect(await all(store.list({ limit: 9 }))).toHaveLength(1);
      expect(unreadable.sort()).toEqual([
        expect.stringMatching(/^aws\/lambda\/4: .* no records/),
        expect.stringMatching(/^aws\/lambda\/a\/3: .* not one of a Kinesis stream/),
        expect.stringMatching(/^aws\/lambda\/a\/b\/1: .* no payload/),
        expect.stringMatching(/^aws\/lambda\/a\/b\/2: .* not a JSON object/),
        expect.stringMatching(/^dead-letters\/a\/b\/5\.json: .* not a dead letter/),
      ]);
    });
  });
});

/** The letter that the engine would write of a record. */
function letterOf(number: number): DeadLetter {
  return at(sequence(number));
}

function sequence(number: number): string {
  return `4959033827149025660855969253836157109592157598913658${String(number).padStart(4, "0")}`;
}

function record(number: number, data: string | Uint8Array = `{"n":${number}}`) {
  return {
    kinesis: {
      partitionKey: `k${number}`,
      sequenceNumber: sequence(number),
      data: Buffer.from(data).toString("base64"),
    },
    eventID: `${SHARD}:${sequence(number)}`,
    eventSource: "aws:kinesis",
    eventSourceARN: "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
  };
}

/** What the service writes about a batch. */
function onFailure(records: readonly object[]): string {
  return JSON.stringify({
    requestContext: {
      requestId: "r",
      functionArn: "f",
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: 11,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    timestamp: "2026-01-02T03:04:05.000Z",
    KinesisBatchInfo: { shardId: SHARD, batchSize: records.length, streamArn: "arn:aws:kinesis:x:1:stream/orders" },
    payload: JSON.stringify({ Records: records }),
  });
}
