import { describe, expect, it } from "@jest/globals";
import {
  decodeMarker,
  encodeMarker,
  found,
  isIn,
  isNumbered,
  isPast,
  type Marker,
  startOf,
} from "../../../../../functions/azure/guard/marker";

const MARKER: Marker = { sequence: "71", crashes: 1, state: "running" };
const messages = (...offsets: string[]) => offsets.map((offset) => ({ body: "", offset }));

describe("a marker", () => {
  it("is read as it was written", () => {
    expect(decodeMarker(encodeMarker(MARKER))).toEqual(MARKER);
  });

  it.each(["", "{", "null", "[]", '{"sequence":71,"crashes":1,"state":"running"}', '{"sequence":"71","crashes":1}'])(
    "is none where there is something else: %s",
    (text) => {
      expect(decodeMarker(text)).toBeUndefined();
    },
  );

  it("that says that its message ran tells of one end more, since its process is gone", () => {
    expect(found(MARKER)).toEqual({ sequence: "71", crashes: 2, state: "waiting" });
    expect(found({ ...MARKER, state: "waiting" })).toEqual({ ...MARKER, state: "waiting" });
    expect(found(undefined)).toBeUndefined();
  });

  it("says where a batch goes on: at its message, or behind it", () => {
    const batch = messages("70", "71", "72");

    expect(startOf(MARKER, batch)).toBe(1);
    expect(startOf({ ...MARKER, state: "done" }, batch)).toBe(2);
    expect(startOf(MARKER, messages("80", "81"))).toBe(0);
  });

  it("is about a message of the batch, one to come, or one that the partition is past", () => {
    const about = (...offsets: string[]) => [isIn(messages(...offsets), MARKER), isPast(messages(...offsets), MARKER)];

    expect(about("70", "71")).toEqual([true, false]);
    expect(about("8", "9")).toEqual([false, false]);
    expect(about("100", "101")).toEqual([false, true]);
  });
});

describe("messages", () => {
  it("can be told from one another if all have a number", () => {
    expect([isNumbered(messages("1", "2")), isNumbered(messages("1", "")), isNumbered([])]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
