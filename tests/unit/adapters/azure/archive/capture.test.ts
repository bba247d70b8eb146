import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { enqueuedTime } from "../../../../../adapters/azure/archive/capture";
import { usTime } from "./open";

describe("the time of a captured message", () => {
  it.each([
    ["11/22/2026 8:11:02 PM", "2026-11-22T20:11:02Z"],
    ["1/2/2026 12:00:00 AM", "2026-01-02T00:00:00Z"],
    ["1/2/2026 12:59:59 PM", "2026-01-02T12:59:59Z"],
    ["2/29/2028 1:02:03 AM", "2028-02-29T01:02:03Z"],
    ["11/22/2026 8:11:02\u202fPM", "2026-11-22T20:11:02Z"],
    ["11/22/2026 20:11:02", "2026-11-22T20:11:02Z"],
    ["11/22/2026 8:11:02.1234567 PM", "2026-11-22T20:11:02.123Z"],
    ["2026-11-22T20:11:02.5Z", "2026-11-22T20:11:02.5Z"],
    ["2026-11-22T20:11:02", "2026-11-22T20:11:02Z"],
  ])("is read from %p", (text, time) => {
    expect(enqueuedTime(text)).toBe(Date.parse(time));
  });

  it.each([
    ...["", "yesterday", "13/22/2026 8:11:02 PM", "11/31/2026 8:11:02 PM", "11/22/2026 13:11:02 PM"],
    ...[
      "11/22/2026 0:11:02 AM",
      "11/22/2026 24:11:02",
      "11/22/2026 8:61:02 PM",
      "22.11.2026 20:11:02",
      "0/1/2026 1:02:03 AM",
    ],
  ])("is not read from %p", (text) => {
    expect(enqueuedTime(text)).toBeUndefined();
  });

  it("is read as every machine with American settings writes it", () => {
    const seconds = fc.integer({ min: Date.UTC(2014, 0) / 1_000, max: Date.UTC(2099, 0) / 1_000 });

    fc.assert(fc.property(seconds, (time) => enqueuedTime(usTime(time * 1_000)) === time * 1_000));
  });
});
