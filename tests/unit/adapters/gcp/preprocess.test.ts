import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type BatchOutcome, type ErrorCode, encodeEnvelope, SluiceError } from "sluice";
import { gcpPreprocess } from "../../../../adapters/gcp/preprocess";
import { manualClock } from "../../../support/manual-clock";
import { event, json } from "../../../support/records";
import { bench } from "../../../support/unit";

const START = Date.UTC(2026, 0, 1);
const preprocess = gcpPreprocess({ clock: manualClock({ start: START }), deadlineMs: 40_000 });

describe("a delivery", () => {
  it("is what Pub/Sub pushes: the subscription, one message, how often it came and the time that is left", () => {
    const { signal } = new AbortController();

    const delivery = preprocess.receive({ body: push("a"), signal });

    expect(delivery).toEqual({
      source: "ingest-push",
      partition: "ingest-push",
      messages: [{ body: "a", offset: "136969346945", arrivedAt: Date.UTC(2026, 10, 22, 10, 0, 0, 123) }],
      ordered: false,
      attempt: 3,
      lastAttempt: false,
      deadline: START + 40_000,
      signal,
    });
  });

  it.each([[json(push("a"))], [Buffer.from(json(push("a")))], [new Uint8Array(Buffer.from(json(push("a"))))]])(
    "is the same where the body is not parsed yet: %#",
    (body) => {
      expect(preprocess.receive({ body })).toEqual(preprocess.receive({ body: push("a") }));
    },
  );

  it("holds text as text and other bytes as they are", () => {
    const bytes = Buffer.from([0xff, 0x00]);
    const texts = ["é\u{1f600}", "", encodeEnvelope(["x", "y"], START)];

    const bodies = [...texts, bytes].map((body) => preprocess.receive({ body: push(body) }).messages[0]!.body);

    expect(bodies.slice(0, 3)).toEqual(texts);
    expect(Buffer.from(bodies[3]!)).toEqual(bytes);
  });

  it("holds data that is not base64 as it is", () => {
    const { messages } = preprocess.receive({ body: pushOf({ data: "{not base64}" }) });

    expect(messages[0]!.body).toBe("{not base64}");
  });

  it.each([undefined, 0, -1, 1.5, "3", null])(
    "is the first where nobody says how often it came: %j",
    (deliveryAttempt) => {
      expect(preprocess.receive({ body: { ...push("a"), deliveryAttempt } }).attempt).toBe(1);
    },
  );

  it.each([undefined, "yesterday", 5])("does not say when it was published where nobody knows: %j", (publishTime) => {
    expect(preprocess.receive({ body: pushOf({ publishTime }) }).messages[0]!.arrivedAt).toBeUndefined();
  });

  it("of an envelope is its events; the three that are bad get their letters, the message is done", async () => {
    const { process, letters, storedIds } = bench();
    const good = Array.from({ length: 47 }, (_, i) => json(event(i)));
    const body = encodeEnvelope(["{", ...good, "null", ""], START);

    const outcome = await process({ ...preprocess.receive({ body: push(body) }), deadline: undefined });

    expect(storedIds()).toHaveLength(47);
    expect(letters().map((letter) => [String(letter.body), letter.position.index])).toEqual([
      ["{", 0],
      ["null", 48],
      ["", 49],
    ]);
    expect(preprocess.answer(preprocess.receive({ body: push(body) }), outcome).status).toBe(204);
  });

  it("without data is an empty event, which is dead-lettered and not handed back", async () => {
    const { process, letters } = bench();

    const delivery = preprocess.receive({ body: pushOf({ data: undefined, attributes: { a: "b" } }) });
    const outcome = await process({ ...delivery, deadline: undefined });

    expect(outcome).toMatchObject({ firstRetry: -1, deadLettered: 1 });
    expect(letters()).toMatchObject([{ code: "empty", position: { offset: "136969346945" } }]);
  });
});

describe("a request that is no push", () => {
  it.each([
    undefined,
    null,
    "",
    "{",
    "[]",
    1,
    {},
    Buffer.from([0xff]),
    { message: null, subscription: "s" },
    { message: { data: "YQ==" }, subscription: "s" },
    { message: { data: "YQ==", messageId: 1 }, subscription: "s" },
    { message: { data: 1, messageId: "1" }, subscription: "s" },
    { message: { data: "YQ==", messageId: "1" } },
  ])("is refused with one clear error: %j", (body) => {
    const refused = caught(() => preprocess.receive({ body }));

    expect(refused).toBeInstanceOf(SluiceError);
    expect(refused).toMatchObject({ code: "envelope", stage: "preprocess", adapter: "gcp/preprocess" });
  });

  it("is refused with nothing else, whatever it holds", () => {
    const message = fc.oneof(fc.anything(), fc.record({ data: fc.anything(), messageId: fc.anything() }));
    const trigger = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true }),
      fc.string(),
      fc.uint8Array(),
      fc.record({ message, subscription: fc.anything(), deliveryAttempt: fc.anything() }),
    );

    fc.assert(
      fc.property(trigger, (body) => {
        const refused = caught(() => preprocess.receive({ body }));

        if (refused !== undefined) expect(refused).toMatchObject({ code: "envelope", stage: "preprocess" });
      }),
    );
  });
});

describe("an answer", () => {
  const delivery = preprocess.receive({ body: push("x") });

  it("acknowledges what is done", () => {
    expect(preprocess.answer(delivery, outcome(-1))).toEqual({ status: 204, headers: {} });
  });

  it.each<[ErrorCode | undefined, number]>([
    ["throttled", 429],
    ["circuit-open", 429],
    ["unavailable", 503],
    ["timeout", 503],
    ["cancelled", 503],
    ["deadline", 503],
    ["internal", 503],
    [undefined, 503],
  ])("has it delivered again, saying whether there is too much of it: %s", (retryCode, status) => {
    expect(preprocess.answer(delivery, outcome(0, { retryCode }))).toEqual({ status, headers: {} });
  });

  it.each([
    [1, "1"],
    [1_001, "2"],
    [0, "0"],
    [-5, "0"],
  ])("passes on how long to wait, in whole seconds: %s ms", (retryAfterMs, seconds) => {
    const answer = preprocess.answer(delivery, outcome(0, { retryCode: "throttled", retryAfterMs }));

    expect(answer).toEqual({ status: 429, headers: { "Retry-After": seconds } });
  });

  it("asks for no wait where all is done", () => {
    expect(preprocess.answer(delivery, outcome(-1, { retryAfterMs: 5_000 }))).toEqual({ status: 204, headers: {} });
  });

  it("is what the capabilities promise", () => {
    expect(preprocess.capabilities).toEqual({ checkpoint: "per-message", ordering: "none", countsDeliveries: true });
  });
});

/** The documentation's own example, with other data. */
function push(body: string | Uint8Array) {
  return pushOf({ data: Buffer.from(body).toString("base64") });
}

function pushOf(message: Record<string, unknown>) {
  return {
    message: {
      data: "YQ==",
      attributes: { sluice: "1" },
      messageId: "136969346945",
      message_id: "136969346945",
      publishTime: "2026-11-22T10:00:00.123Z",
      publish_time: "2026-11-22T10:00:00.123Z",
      ...message,
    },
    subscription: "projects/p/subscriptions/ingest-push",
    deliveryAttempt: 3,
  };
}

function outcome(firstRetry: number, more: Partial<BatchOutcome> = {}): BatchOutcome {
  return { firstRetry, ...more } as BatchOutcome;
}

function caught(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}
