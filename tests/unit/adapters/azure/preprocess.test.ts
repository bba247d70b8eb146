import type { InvocationContext } from "@azure/functions";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type BatchOutcome, type Delivery, encodeEnvelope, SluiceError } from "sluice";
import { azurePreprocess } from "../../../../adapters/azure/preprocess";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { expectLettersOnly } from "../suites/undecodable";

const START = Date.UTC(2026, 0, 1);
const ENQUEUED = "2026-01-01T00:00:01.500Z";
const RETRIES = 3;

describe("a delivery", () => {
  it("is what the host hands over: the hub, the partition, its messages in order and the time that is left", () => {
    const { signal } = new AbortController();

    const delivery = preprocess().receive({ ...batch(["a", "b"]), signal });

    expect(delivery).toEqual({
      source: "orders",
      partition: "3",
      messages: [
        { body: Buffer.from("a"), offset: "100", arrivedAt: START + 1_500 },
        { body: Buffer.from("b"), offset: "101", arrivedAt: START + 1_500 },
      ],
      ordered: true,
      attempt: 1,
      lastAttempt: false,
      deadline: START + 50_000,
      signal,
    });
  });

  it("holds the very bytes; and what a host has made text or values of, as text", () => {
    const bytes = Buffer.from([0xff, 0x00]);
    const { context } = batch([]);
    const messages = [bytes, "é", encodeEnvelope(["x"], START), { a: [1] }, 12, null, undefined];

    const bodies = preprocess()
      .receive({ messages, context })
      .messages.map(({ body }) => body);

    expect(bodies).toEqual([bytes, "é", encodeEnvelope(["x"], START), '{"a":[1]}', "12", "null", ""]);
    expect(bodies[0]).toBe(bytes);
  });

  it.each<[unknown, string]>([
    [4_294_968, "4294968"],
    ["9007199254740993", "9007199254740993"],
    [{ low: 5, high: 0, unsigned: false }, "5"],
    [{ low: -1, high: 1, unsigned: false }, "8589934591"],
    [{ low: 1, high: 2_097_152, unsigned: false }, "9007199254740993"],
    [{ low: "1", high: 0 }, ""],
    [undefined, ""],
  ])("has sequence numbers as offsets, in whatever form they come: %j", (sequenceNumber, offset) => {
    const trigger = batch(["a"], { sequenceNumberArray: [sequenceNumber] });

    expect(preprocess().receive(trigger).messages[0]!.offset).toBe(offset);
  });

  it.each([undefined, null, 5, "soon", {}])("does without a time that is none: %j", (time) => {
    const trigger = batch(["a"], { enqueuedTimeUtcArray: [time] });

    expect(preprocess().receive(trigger).messages[0]!.arrivedAt).toBeUndefined();
  });

  it("knows its partition also where the host has made a number of it", () => {
    const trigger = batch(["a"], { partitionContext: { eventHubName: "orders", partitionId: 3 } });

    expect(preprocess().receive(trigger)).toMatchObject({ source: "orders", partition: "3" });
  });

  it("comes of any junk without a throw, a message per body", () => {
    const metadata = fc.record({
      partitionContext: fc.anything(),
      sequenceNumberArray: fc.anything(),
      enqueuedTimeUtcArray: fc.anything(),
    });
    const context = fc.oneof(fc.anything(), fc.record({ triggerMetadata: metadata, retryContext: fc.anything() }));

    fc.assert(
      fc.property(fc.array(fc.anything()), context, (messages, any) => {
        const delivery = preprocess().receive({ messages, context: any as InvocationContext });

        expect(delivery.messages).toHaveLength(messages.length);
        for (const { body, offset } of delivery.messages) {
          expect(typeof body === "string" || body instanceof Uint8Array).toBe(true);
          expect(typeof offset).toBe("string");
        }
      }),
    );
  });

  it("of messages that nobody can read is dead-lettered by the engine, not handed back", async () => {
    const delivery = preprocess().receive(batch(["%%%", "", Buffer.from([0xff])]));

    await expectLettersOnly(delivery, ["empty", "encoding", "json"]);
  });
});

describe("attempts", () => {
  it.each<[InvocationContext["retryContext"], number, boolean]>([
    [undefined, 1, false],
    [{ retryCount: 0, maxRetryCount: -1 }, 1, false],
    [{ retryCount: 2, maxRetryCount: -1 }, 3, false],
    [{ retryCount: 3, maxRetryCount: -1 }, 4, true],
    [{ retryCount: 9, maxRetryCount: -1 }, 10, true],
    [{ retryCount: 1, maxRetryCount: 2 }, 2, false],
    [{ retryCount: 2, maxRetryCount: 2 }, 3, true],
    [{ retryCount: 3, maxRetryCount: 9 }, 4, true],
  ])(
    "are counted, and the last is ours or the host's, whichever comes first: %j",
    (retryContext, attempt, lastAttempt) => {
      const delivery = preprocess().receive(batch(["a"], {}, retryContext));

      expect(delivery).toMatchObject({ attempt, lastAttempt });
    },
  );
});

describe("an answer", () => {
  it("is nothing where all is done", () => {
    const port = preprocess();

    expect(port.answer(port.receive(batch(["a"])), outcome(-1))).toBeUndefined();
  });

  it("is an error that says why, how much, and nothing of the messages", async () => {
    const port = preprocess();
    const delivery = port.receive(batch(["secret a", "secret b", "secret c"]));

    const error = await handedBack(port, delivery, { ...outcome(1), retryCode: "throttled", retryAfterMs: 700 });

    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({
      code: "throttled",
      stage: "engine",
      adapter: "azure/preprocess",
      coordinates: { partition: "3", offset: "101" },
      retryAfterMs: 700,
    });
    expect(String(error)).toContain("2 of 3 messages must come again, because of `throttled`");
    expect(String(error)).not.toContain("secret");
  });

  it("is what the capabilities promise", () => {
    expect(preprocess().capabilities).toEqual({
      checkpoint: "always-advances",
      ordering: "per-key",
      countsDeliveries: true,
    });
  });
});

describe("a batch that comes again", () => {
  const five = ["a", "b", "c", "d", "e"];

  it("is without what is done of it, however often", async () => {
    const port = preprocess();
    await handedBack(port, port.receive(batch(five)), outcome(2));

    const second = port.receive(batch(five, {}, { retryCount: 1, maxRetryCount: -1 }));
    await handedBack(port, second, outcome(1));
    const third = port.receive(batch(five, {}, { retryCount: 2, maxRetryCount: -1 }));

    expect([second, third].map(textsOf)).toEqual([
      ["c", "d", "e"],
      ["d", "e"],
    ]);
    expect(third.messages[0]!.offset).toBe("103");
  });

  it("is whole where another process had it, or where it was never handed back", async () => {
    const port = preprocess();
    await handedBack(port, port.receive(batch(five)), outcome(2));
    const again = batch(five, {}, { retryCount: 1, maxRetryCount: -1 });

    expect(textsOf(preprocess().receive(again))).toEqual(five);
    // A first attempt: the partition went to another process, and came back.
    expect(textsOf(port.receive(batch(five)))).toEqual(five);
  });

  it("is told by its partition, its hub and its end from another", async () => {
    const port = preprocess();
    await handedBack(port, port.receive(batch(five)), outcome(2));
    const retry = { retryCount: 1, maxRetryCount: -1 };

    const others = [
      batch(five, { partitionContext: { eventHubName: "orders", partitionId: "4" } }, retry),
      batch(five, { partitionContext: { eventHubName: "others", partitionId: "3" } }, retry),
      batch(five.slice(0, 4), {}, retry),
      batch(five, { sequenceNumberArray: [200, 201, 202, 203, 204] }, retry),
    ];

    for (const other of others) expect(textsOf(port.receive(other))).toHaveLength((other.messages as unknown[]).length);
  });

  it("is forgotten once it is done", async () => {
    const port = preprocess();
    await handedBack(port, port.receive(batch(five)), outcome(2));
    port.answer(port.receive(batch(five, {}, { retryCount: 1, maxRetryCount: -1 })), outcome(-1));

    expect(textsOf(port.receive(batch(five, {}, { retryCount: 1, maxRetryCount: -1 })))).toEqual(five);
  });

  it("is whole where its messages have no numbers to tell them by", async () => {
    const port = preprocess();
    const nameless = { sequenceNumberArray: [] };
    await handedBack(port, port.receive(batch(five, nameless)), outcome(2));

    expect(textsOf(port.receive(batch(five, nameless, { retryCount: 1, maxRetryCount: -1 })))).toEqual(five);
  });
});

function preprocess() {
  return azurePreprocess({ retries: RETRIES, deadlineMs: 50_000, clock: manualClock({ start: START }) });
}

/** As the host calls a function: https://learn.microsoft.com/azure/azure-functions/functions-bindings-event-hubs-trigger */
function batch(
  bodies: readonly (string | Uint8Array)[],
  metadata: Record<string, unknown> = {},
  retryContext?: InvocationContext["retryContext"],
): { messages: unknown; context: Pick<InvocationContext, "triggerMetadata" | "retryContext"> } {
  const triggerMetadata = {
    partitionContext: { fullyQualifiedNamespace: "ns", eventHubName: "orders", consumerGroup: "g", partitionId: "3" },
    sequenceNumberArray: bodies.map((_, i) => 100 + i),
    enqueuedTimeUtcArray: bodies.map(() => ENQUEUED),
    ...metadata,
  };
  const messages = bodies.map((body) => Buffer.from(body));
  return { messages, context: { triggerMetadata, ...(retryContext === undefined ? {} : { retryContext }) } };
}

function handedBack(port: ReturnType<typeof preprocess>, delivery: Delivery, what: BatchOutcome): Promise<unknown> {
  return errorOf((async () => port.answer(delivery, what))());
}

function outcome(firstRetry: number): BatchOutcome {
  return { firstRetry, retryCode: firstRetry === -1 ? undefined : "unavailable" } as BatchOutcome;
}

function textsOf({ messages }: Delivery): string[] {
  return messages.map(({ body }) => Buffer.from(body).toString());
}
