import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, encodeEnvelope, type ItemFailure, isEnvelope } from "sluice";
import { MAX_EVENT_BYTES } from "../../../../../adapters/aws/ingest/limits";
import { pack, type Records } from "../../../../../adapters/aws/ingest/records";

const NOW = Date.UTC(2026, 0, 1);
const MIB = 1024 * 1024;

describe("an event per record", () => {
  it("is the event's own bytes under its own key", () => {
    const bodies = ['{"a":1}', Buffer.from("é"), "~x", "\r", "\u{1f600}"];

    const { records, failures } = packed(
      bodies.map((_, i) => `k${i}`),
      bodies,
    );

    expect(records.keys).toEqual(["k0", "k1", "k2", "k3", "k4"]);
    expect(texts(records)).toEqual(['{"a":1}', "é", "~x", "\r", "\u{1f600}"]);
    expect(records).toMatchObject({ events: [0, 1, 2, 3, 4], firstOf: [0, 1, 2, 3, 4, 5] });
    expect(failures).toEqual([]);
  });

  it.each<[string, string | Uint8Array]>([
    ["nothing", ""],
    ["no bytes", Buffer.alloc(0)],
    ["a line break", "a\nb"],
    ["a line break in bytes", Buffer.from("a\nb")],
    ["bytes that are not text", Buffer.from([0xff, 0xfe])],
    ["what looks like an envelope", encodeEnvelope(["x"], NOW)],
    ["what looks like the start of one", Buffer.from('{"sluice":1,')],
  ])("is in an envelope of its own where it is %s", (_, body) => {
    const { records } = packed(["k"], [body]);

    const text = texts(records)[0]!;
    expect(isEnvelope(text)).toBe(true);
    expect(decodeEnvelope(text)?.events.map((event) => Buffer.from(event))).toEqual([Buffer.from(body)]);
    expect(decodeEnvelope(text)?.publishedAt).toBe(NOW);
  });

  it("fits into 1 MiB with its key, however long and odd both are", () => {
    const key = "€".repeat(256);
    const longest = Buffer.alloc(MAX_EVENT_BYTES, "\n");

    const { records, failures } = packed([key, key], [longest, "é".repeat(MAX_EVENT_BYTES / 2)]);

    expect(failures).toEqual([]);
    for (const data of records.data) expect(data.length + Buffer.byteLength(key)).toBeLessThanOrEqual(MIB);
  });

  it("is none where the event is too long, in bytes: it fails alone", () => {
    const tooLong = `${"é".repeat(MAX_EVENT_BYTES / 2)}x`;

    const { records, failures } = packed(["k", "k", "k", "k"], ["a", tooLong, Buffer.alloc(MAX_EVENT_BYTES + 1), "b"]);

    expect(texts(records)).toEqual(["a", "b"]);
    expect(records.events).toEqual([0, 3]);
    expect(failures).toMatchObject([
      { index: 1, error: { code: "oversize", stage: "ingest", retryable: false } },
      { index: 2, error: { code: "oversize" } },
    ]);
  });

  it.each([
    ["empty", ""],
    ["too long", "k".repeat(257)],
    ["not well-formed", "\ud800"],
  ])("is none where the key is %s", (_, key) => {
    const { records, failures } = packed([key, "k"], ["a", "b"]);

    expect(texts(records)).toEqual(["b"]);
    expect(failures).toMatchObject([{ index: 0, error: { code: "identity", retryable: false } }]);
  });
});

describe("many events per record", () => {
  const keys = Array.from({ length: 200 }, (_, i) => `k${i % 7}`);
  const bodies = keys.map((key, i) => (i % 5 === 0 ? `${key}\n${i}` : `${key} ${i}`));

  it("holds each event once, a key's events in one lane and in order", () => {
    const { records, failures } = packed(keys, bodies, { eventsPerRecord: 6, lanes: 3 });

    expect(failures).toEqual([]);
    expect([...records.events].sort((a, b) => a - b)).toEqual([...keys.keys()]);
    const events = eventsOf(records);
    expect(events.map(({ body }) => body)).toEqual(records.events.map((index) => bodies[index]));
    for (const key of new Set(keys)) {
      const ofKey = events.filter(({ body }) => body.split(/\s/)[0] === key);
      expect(new Set(ofKey.map(({ lane }) => lane)).size).toBe(1);
      const order = ofKey.map(({ body }) => Number(body.split(/\s/)[1]));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it("has as many lanes as it may, and as many events per record", () => {
    const { records } = packed(keys, bodies, { eventsPerRecord: 6, lanes: 3 });

    expect(new Set(records.keys)).toEqual(new Set(["0", "1", "2"]));
    const counts = records.keys.map((_, r) => records.firstOf[r + 1]! - records.firstOf[r]!);
    expect(Math.max(...counts)).toBe(6);
    // Only the last record of a lane is not full.
    expect(counts.filter((count) => count < 6).length).toBeLessThanOrEqual(3);
    expect(counts).not.toContain(0);
  });

  it("stays short: an envelope is closed before it grows beyond 256 KiB, unless one event does", () => {
    const long = "x".repeat(100 * 1024);

    const { records } = packed(["a", "a", "a", "a"], [long, long, long, "x".repeat(300 * 1024)], {
      eventsPerRecord: 100,
      lanes: 1,
    });

    expect(records.firstOf).toEqual([0, 2, 3, 4]);
  });

  it("leaves out what is too long, and needs no key", () => {
    const { records, failures } = packed(["", "", "a"], ["a", Buffer.alloc(MAX_EVENT_BYTES + 1), "b"], {
      eventsPerRecord: 10,
      lanes: 1,
    });

    expect(eventsOf(records).map(({ body }) => body)).toEqual(["a", "b"]);
    expect(failures).toMatchObject([{ index: 1, error: { code: "oversize" } }]);
  });
});

it("keys and events that do not match are a bug of the caller", () => {
  expect(() => packed(["a"], [])).toThrow(RangeError);
});

function packed(
  keys: readonly string[],
  bodies: readonly (string | Uint8Array)[],
  options = { eventsPerRecord: 1, lanes: 256 },
): { records: Records; failures: ItemFailure[] } {
  const failures: ItemFailure[] = [];
  return { records: pack({ keys, bodies }, { ...options, now: NOW }, failures), failures };
}

function texts({ data }: Records): string[] {
  return data.map((bytes) => Buffer.from(bytes).toString());
}

function eventsOf(records: Records): { lane: string; body: string }[] {
  return texts(records).flatMap((text, r) =>
    (decodeEnvelope(text)?.events ?? []).map((body) => ({ lane: records.keys[r]!, body: String(body) })),
  );
}
