import { describe, expect, it } from "@jest/globals";
import { messageOf, unpack } from "../../../../shared/engine/unpack";
import { encodeEnvelope } from "../../../../shared/envelope";
import { delivery } from "../../../support/records";

const AT = 1_763_800_000_000;

describe("unpack", () => {
  it("makes nothing of an empty delivery", () => {
    expect(unpack(delivery([]))).toEqual({
      events: [],
      firstOf: [0],
      broken: undefined,
      publishedAt: undefined,
    });
  });

  it("takes a message that is no envelope for one event, text or bytes, untouched", () => {
    const bytes = Buffer.from("{}");

    const unpacked = unpack(delivery(["a", bytes, ""]));

    expect(unpacked).toMatchObject({ events: ["a", bytes, ""], firstOf: [0, 1, 2, 3] });
    expect(unpacked.events[1]).toBe(bytes);
  });

  it("keeps the order of events across messages of every kind, and knows whose each is", () => {
    const messages = [
      encodeEnvelope(["a", "b"], AT),
      "c",
      encodeEnvelope([], AT),
      Buffer.from(encodeEnvelope(["d", "e", "f"], AT)),
    ];

    const unpacked = unpack(delivery(messages));

    expect(unpacked.events).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(unpacked.events.map((_, event) => messageOf(unpacked, event))).toEqual([0, 0, 1, 3, 3, 3]);
    expect(unpacked.firstOf).toEqual([0, 2, 3, 3, 6]);
    expect(unpacked.broken).toBeUndefined();
  });

  it("marks what starts like an envelope and is not a whole one, and keeps its own bytes", () => {
    const broken = '{"sluice":1,"count":2,"publishedAt":1}\na';
    const bytes = Buffer.from(broken);

    const unpacked = unpack(delivery([encodeEnvelope(["x", "y"], AT), broken, "z", bytes]));

    expect(unpacked.events).toEqual(["x", "y", broken, "z", bytes]);
    expect(unpacked.events[4]).toBe(bytes);
    expect([...unpacked.broken!]).toEqual([2, 4]);
    expect(unpacked.firstOf).toEqual([0, 2, 3, 4, 5]);
  });

  it("remembers the earliest packing time, wherever it stands", () => {
    const times = [
      [5, 3, 9],
      [3, 5],
      [7, 3],
    ];

    const earliest = times.map((list) => unpack(delivery(list.map((time) => encodeEnvelope(["a"], time)))).publishedAt);

    expect(earliest).toEqual([3, 3, 3]);
    expect(unpack(delivery(["a"])).publishedAt).toBeUndefined();
    expect(unpack(delivery([encodeEnvelope(["a"], 0), "b"])).publishedAt).toBe(0);
  });

  it("takes the time of arrival for a message that does not say when it was packed", () => {
    const messages = [
      { body: "a", offset: "0", arrivedAt: 9 },
      { body: encodeEnvelope(["b"], 7), offset: "1", arrivedAt: 2 },
      { body: '{"sluice":1,"count":3}', offset: "2", arrivedAt: 8 },
    ];

    expect(unpack(delivery([], { messages })).publishedAt).toBe(7);
    expect(unpack(delivery([], { messages: messages.slice(2) })).publishedAt).toBe(8);
  });
});

describe("messageOf", () => {
  it("finds the message of every event, however many each has, none among them", () => {
    for (let shape = 0; shape < 3 ** 5; shape++) {
      const counts = Array.from({ length: 5 }, (_, message) => Math.floor(shape / 3 ** message) % 3);
      const expected = counts.flatMap((count, message) => new Array<number>(count).fill(message));

      const unpacked = unpack(delivery(counts.map((count) => new Array<string>(count).fill("a"))));

      expect(expected.map((_, event) => messageOf(unpacked, event))).toEqual(expected);
    }
  });
});
