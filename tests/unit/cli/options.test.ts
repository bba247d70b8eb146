import { describe, expect, it } from "@jest/globals";
import { limit, moment, positiveNumber, quoted, wholeNumber } from "../../../cli/options";

describe("the arguments of options", () => {
  it.each([
    [wholeNumber(1)("42"), 42],
    [wholeNumber(0)("0"), 0],
    [positiveNumber("2.5"), 2.5],
    [limit("all"), Number.MAX_SAFE_INTEGER],
    [limit("7"), 7],
    [moment("1795000000000"), 1_795_000_000_000],
    [moment("2026-11-22"), Date.UTC(2026, 10, 22)],
    [moment("2026-11-22T14:30"), Date.UTC(2026, 10, 22, 14, 30)],
    [moment("2026-11-22 14:30:05"), Date.UTC(2026, 10, 22, 14, 30, 5)],
    [moment("2026-11-22T14:30+02:00"), Date.UTC(2026, 10, 22, 12, 30)],
  ])("give %j", (actual, expected) => {
    expect(actual).toBe(expected);
  });

  it.each([
    () => wholeNumber(1)("0"),
    () => wholeNumber(1)("1.5"),
    () => wholeNumber(1)("-1"),
    () => wholeNumber(1)(""),
    () => wholeNumber(1)("99999999999999999999"),
    () => positiveNumber("0"),
    () => positiveNumber("Infinity"),
    () => positiveNumber(" "),
    () => limit("some"),
    () => moment("yesterday"),
    () => moment("12"),
  ])("are refused: %s", (parse) => {
    expect(parse).toThrow(/^Use /);
  });

  it("are quoted for a shell where they need it", () => {
    expect(quoted("my/pipeline.ts")).toBe("my/pipeline.ts");
    expect(quoted("it's here")).toBe("'it'\\''s here'");
  });
});
