import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../../../../shared/errors";
import { event } from "../../../../support/records";
import { decoded } from "../../../../support/stages";

describe("identity", () => {
  const rule = {
    id: "1 to 128 characters of A-Z a-z 0-9 . _ : -",
    key: "1 to 256 characters without control characters",
    time: "milliseconds since 1970",
  };

  it.each([
    ["id", "not safe"],
    ["id", ""],
    ["id", 7],
    ["id", undefined],
    ["key", ""],
    ["key", "a\nb"],
    ["key", null],
    ["time", Number.NaN],
    ["time", 9e15],
    ["time", "2026-01-01"],
  ] as const)("refuses the %s of %p, and says what it must be", (field, value) => {
    const { rejects, count } = decoded([event(1)], { [field]: () => value });

    expect(count).toBe(0);
    expect(rejects[0]!.error).toMatchObject({
      code: "identity",
      stage: "preprocess",
      message: `The event's ${field} must be ${rule[field]}.`,
    });
  });

  it("keeps the key and the id of a refused event where they are safe", () => {
    const unsafeTime = decoded([event(4)], { time: () => Number.NaN });
    const unsafeId = decoded([event(4)], { id: () => "not safe" });
    const unsafeKey = decoded([event(4)], { key: () => "" });

    expect(unsafeTime.rejects[0]).toMatchObject({ key: "k1", eventId: "e4" });
    expect(unsafeId.rejects[0]).toEqual({ event: 0, error: expect.anything(), key: "k1" });
    expect(unsafeKey.rejects[0]).toEqual({ event: 0, error: expect.anything(), eventId: "e4" });
  });

  it("does not stumble over code that cannot read the refused event", () => {
    const raise = () => {
      throw new TypeError("x is not a function");
    };

    expect(decoded([event(1)], { id: raise }).rejects[0]).toMatchObject({
      key: "k1",
      error: { code: "identity", message: "The pipeline's own code threw TypeError: x is not a function" },
    });
    expect(decoded(["[null]"], { id: raise, key: raise }).rejects[0]).toEqual({
      event: 0,
      error: expect.objectContaining({ code: "schema" }),
    });
  });

  it("takes a ConfigError of the pipeline's own code for what it is", () => {
    const mistake = new ConfigError("a", "b", "c");
    const raise = () => {
      throw mistake;
    };

    expect(() => decoded([event(1)], { time: raise })).toThrow(mistake);
  });
});

describe("features", () => {
  it.each([
    [Number.NaN, "is not finite as a 32-bit float"],
    [1e39, "is not finite as a 32-bit float"],
    [undefined, "is not a number but undefined"],
    [null, "is not a number but null"],
    ["4111", "is not a number but string"],
    [{ card: 4111 }, "is not a number but object"],
  ])("refuses a feature of %p by name, without its value", (value, kind) => {
    const features = { fine: () => 1, ratio: () => value };

    const { rejects, count } = decoded([event(1)], { features });

    expect(count).toBe(0);
    expect(rejects[0]).toMatchObject({
      key: "k1",
      eventId: "e1",
      error: { code: "features", stage: "preprocess", message: `Feature \`ratio\` ${kind}.` },
    });
  });

  it("takes code that throws for the event's own fault", () => {
    const features = { amount: () => JSON.parse("4111-1111") as number };

    const { rejects } = decoded([event(1)], { features });

    expect(rejects[0]!.error).toMatchObject({
      code: "features",
      message: "The pipeline's own code threw SyntaxError.",
      cause: expect.any(SyntaxError),
    });
  });

  it("survives code that throws something without a text", () => {
    const features = {
      amount: () => {
        throw Object.create(null);
      },
    };

    const { rejects } = decoded([event(1), event(2)], { features });

    expect(rejects.map(({ error }) => error.code)).toEqual(["features", "features"]);
  });
});

describe("the truth", () => {
  it.each([
    [true, 1],
    [false, 0],
    [3.5, 3.5],
    [undefined, null],
    [null, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ["text", null],
  ])("%p is stored as %p", (label, stored) => {
    const quality = { truth: () => label, predicted: "score" };

    expect(decoded([event(1)], { quality }).truths).toEqual([stored]);
  });

  it("is not asked for where the pipeline measures no quality", () => {
    expect(decoded([event(1)], { quality: undefined }).truths).toBeUndefined();
  });

  it("that throws is the event's own fault", () => {
    const quality = {
      truth: () => {
        throw new TypeError("no label");
      },
      predicted: "score",
    };

    expect(decoded([event(1)], { quality })).toMatchObject({ count: 0, rejects: [{ error: { code: "features" } }] });
  });
});
