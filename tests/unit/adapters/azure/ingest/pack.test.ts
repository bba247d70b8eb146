import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, encodeEnvelope, type ItemFailure, type PublishBatch } from "sluice";
import { MAX_EVENT_BYTES } from "../../../../../adapters/azure/ingest/limits";
import { type PackOptions, pack } from "../../../../../adapters/azure/ingest/pack";
import { partitionOf } from "../../../../../adapters/azure/ingest/partition";

const PARTITIONS = ["p0", "p1", "p2", "p3"];

describe("lanes", () => {
  it("are one per partition, each with its keys' events in order", () => {
    const keys = Array.from({ length: 200 }, (_, i) => `k${i % 20}`);

    const { lanes } = packed({ keys, bodies: keys.map((key, i) => `${key}:${i}`) });

    expect(new Set(lanes.map(({ partition }) => partition)).size).toBe(lanes.length);
    const events = lanes.flatMap(({ partition, events }) => events.flat().map((index) => [partition, index] as const));
    expect(events.map(([, index]) => index).sort((a, b) => a - b)).toEqual(keys.map((_, i) => i));
    for (const [partition, index] of events) expect(partition).toBe(PARTITIONS[partitionOf(keys[index]!, 4)]);
    for (const lane of lanes) expect(lane.events.flat()).toEqual(lane.events.flat().sort((a, b) => a - b));
  });

  it("of nothing are none", () => {
    expect(packed({ keys: [], bodies: [] })).toEqual({ lanes: [], failures: [] });
  });
});

describe("a message", () => {
  it("is the event as it is, where it is text and looks like no envelope", () => {
    const bodies = ['{"a":1}', "two\nlines", "~tilde", "\ufefftext", Buffer.from("é")];

    const { texts } = messagesOf(bodies);

    expect(texts).toEqual(bodies.map(String));
  });

  it("is an envelope of one otherwise, which gives the very bytes", () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0a]);
    const bodies = ["", encodeEnvelope(["x"], 1), bytes, new Uint8Array(0)];

    const { texts } = messagesOf(bodies);

    const events = texts.map((text) => decodeEnvelope(text)!.events);
    expect(events.map(([event]) => Buffer.from(event!))).toEqual(bodies.map((body) => Buffer.from(body)));
  });

  it("is an envelope of several where they may share one, up to its limits", () => {
    const small = Array.from({ length: 25 }, (_, i) => `event ${i}`);
    const large = Array.from({ length: 3 }, () => "x".repeat(40_000));

    const counts = [small, large].map((bodies) =>
      messagesOf(bodies, { eventsPerMessage: 10 }).texts.map((text) => decodeEnvelope(text)?.events.length ?? 1),
    );

    expect(counts).toEqual([
      [10, 10, 5],
      [1, 1, 1],
    ]);
  });

  it("says when it was packed", () => {
    expect(decodeEnvelope(messagesOf([""], { now: 1_234 }).texts[0]!)?.publishedAt).toBe(1_234);
  });
});

describe("an event that is too long", () => {
  it.each<[string, string | Uint8Array]>([
    ["text", `${"é".repeat(MAX_EVENT_BYTES / 2)}x`],
    ["bytes", Buffer.alloc(MAX_EVENT_BYTES + 1)],
  ])("fails alone, and its key's others go on: %s", (_, long) => {
    const { lanes, failures } = packed({ keys: ["k", "k", "k"], bodies: ["a", long, "b"] });

    expect(failures).toMatchObject([
      { index: 1, error: { code: "oversize", stage: "ingest", adapter: "azure/ingest" } },
    ]);
    expect(lanes.map(({ events }) => events.flat())).toEqual([[0, 2]]);
  });
});

function packed(batch: PublishBatch, options: Partial<PackOptions> = {}) {
  const failures: ItemFailure[] = [];
  const lanes = pack(batch, { partitions: PARTITIONS, eventsPerMessage: 1, now: 5, ...options }, failures);
  return { lanes, failures };
}

/** Of events of one key. */
function messagesOf(bodies: readonly (string | Uint8Array)[], options: Partial<PackOptions> = {}) {
  const { lanes } = packed({ keys: bodies.map(() => "k"), bodies }, options);
  return { texts: lanes.flatMap(({ messages }) => messages.map((message) => Buffer.from(message).toString())) };
}
