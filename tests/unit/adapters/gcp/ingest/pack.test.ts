import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decodeEnvelope, type ItemFailure, type PublishBatch } from "sluice";
import { MAX_EVENT_BYTES, REQUEST_BYTES } from "../../../../../adapters/gcp/ingest/limits";
import { type PackOptions, pack, type Request } from "../../../../../adapters/gcp/ingest/pack";

const NOW = Date.UTC(2026, 0, 1);
const options: PackOptions = { maxEvents: 50, maxBytes: 64 * 1024, lanes: 4, now: NOW };

describe("packing", () => {
  it("puts a small batch into one lane, one request and few messages", () => {
    const { lanes, failures } = packed(batchOf(Array.from({ length: 120 }, (_, i) => `event ${i}`)));

    expect(failures).toEqual([]);
    expect(lanes.map((lane) => lane.map(sizesOf))).toEqual([[[50, 50, 20]]]);
  });

  it("ends a message before it is longer than it should be; an event that is longer goes alone", () => {
    const { lanes } = packed(batchOf([40, 20, 10, 200, 5, 5].map((kib) => "x".repeat(kib * 1024))));

    expect(lanes.map((lane) => lane.map(sizesOf))).toEqual([[[2, 1, 1, 2]]]);
  });

  it("ends a request at a megabyte; a message that is longer goes alone", () => {
    const { lanes } = packed(batchOf([600, 300, 300, 3_000, 100].map((kib) => "x".repeat(kib * 1024))), { lanes: 1 });

    expect(lanes.map((lane) => lane.map(({ events }) => events))).toEqual([[[0, 1], [2], [3], [4]]]);
  });

  it("ends a request at a thousand messages", () => {
    const { lanes } = packed(batchOf(new Array(2_500).fill("x")), { maxEvents: 1 });

    expect(lanes.map((lane) => lane.map(({ messages }) => messages.length))).toEqual([[1_000, 1_000, 500]]);
  });

  it("fails events that are too long, and no others", () => {
    const longest = Buffer.alloc(MAX_EVENT_BYTES);
    const { lanes, failures } = packed(
      batchOf(["a", Buffer.alloc(MAX_EVENT_BYTES + 1), longest, "é".repeat(MAX_EVENT_BYTES / 2 + 1)]),
      { lanes: 1 },
    );

    expect(failures).toMatchObject([
      { index: 1, error: { code: "oversize", stage: "ingest" } },
      { index: 3, error: { code: "oversize" } },
    ]);
    expect(lanes.flat().flatMap(({ events }) => events)).toEqual([0, 2]);
  });

  it("makes a request when it is asked for", () => {
    const bodies = Array.from({ length: 10 }, () => "x".repeat(REQUEST_BYTES));
    let read = 0;
    const counted = new Proxy(bodies, {
      get: (target, name) => {
        if (name === "9") read++;
        return Reflect.get(target, name);
      },
    });

    const [lane] = pack({ keys: bodies.map(() => "k"), bodies: counted }, options, []);
    const before = read;
    const iterator = lane![Symbol.iterator]();
    iterator.next();

    expect([before, read]).toEqual([1, 1]);
  });

  it("loses nothing, doubles nothing, and keeps each key's events in order in one lane", () => {
    const body = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 100, max: 400 }).map((kib) => "x".repeat(kib * 1024)),
    );
    const event = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), body });

    fc.assert(
      fc.property(fc.array(event, { maxLength: 15 }), fc.integer({ min: 1, max: 5 }), (events, maxEvents) => {
        const batch = { keys: events.map(({ key }) => key), bodies: events.map((one) => one.body) };

        const { lanes } = packed(batch, { maxEvents });

        const indices = lanes.map((lane) => lane.flatMap((request) => request.events));
        expect(indices.flat().sort((a, b) => a - b)).toEqual([...events.keys()]);
        for (const lane of indices) expect(lane).toEqual([...lane].sort((a, b) => a - b));
        const lanesOfKey = Map.groupBy(events.keys(), (index) => batch.keys[index]!);
        for (const ofKey of lanesOfKey.values())
          expect(new Set(ofKey.map((index) => indices.findIndex((lane) => lane.includes(index)))).size).toBe(1);
        for (const request of lanes.flat()) {
          const unpacked = request.messages.flatMap((message) => decodeEnvelope(message)!.events);
          expect(unpacked).toHaveLength(request.events.length);
          // Compared as a whole: a matcher walks bytes one by one.
          const same = unpacked.every((one, i) =>
            Buffer.from(one).equals(Buffer.from(batch.bodies[request.events[i]!]!)),
          );
          expect(same).toBe(true);
          expect(Math.max(...sizesOf(request))).toBeLessThanOrEqual(maxEvents);
        }
      }),
      { numRuns: 50 },
    );
  });
});

function batchOf(bodies: readonly (string | Uint8Array)[]): PublishBatch {
  return { keys: bodies.map((_, i) => `k${i % 3}`), bodies };
}

function packed(batch: PublishBatch, own: Partial<PackOptions> = {}) {
  const failures: ItemFailure[] = [];
  const lanes: Request[][] = pack(batch, { ...options, ...own }, failures).map((lane) => [...lane]);
  return { lanes, failures };
}

/** Events per message. */
function sizesOf({ messages }: Request): number[] {
  return messages.map((message) => decodeEnvelope(message)!.events.length);
}
