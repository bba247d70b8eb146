import { describe, expect, it } from "@jest/globals";
import { bytes, count, counted, duration, moment, percent, rate } from "../../../cli/format";

describe("numbers for people", () => {
  it.each([
    [count(0), "0"],
    [count(999), "999"],
    [count(12_345), "12,345"],
    [count(1_234_567.4), "1,234,567"],
    [count(-1_234), "-1,234"],
    [counted(1, "event"), "1 event"],
    [counted(2_000, "event"), "2,000 events"],
    [duration(0), "0 ms"],
    [duration(0.0054), "5.4 µs"],
    [duration(0.35), "0.35 ms"],
    [duration(1.234), "1.2 ms"],
    [duration(123.4), "123 ms"],
    [duration(1_234), "1.2 s"],
    [duration(59_980), "1 min 0 s"],
    [duration(245_000), "4 min 5 s"],
    [duration(7_500_000), "2 h 5 min"],
    [rate(58_213.4), "58,213/s"],
    [rate(0.26), "0.3/s"],
    [bytes(512), "512 bytes"],
    [bytes(1_258_291), "1.2 MiB"],
    [percent(0.9954), "99.5 %"],
    [moment(0), "1970-01-01 00:00:00 UTC"],
  ])("%s", (actual, expected) => {
    expect(actual).toBe(expected);
  });
});
