import { describe, expect, it } from "@jest/globals";
import {
  blame,
  ConfigError,
  clip,
  ERROR_CODES,
  type ErrorCode,
  isRetryable,
  MAX_MESSAGE_CHARS,
  messageOf,
  SluiceError,
  toSluiceError,
} from "../../../shared/errors";
import { raise } from "../../support/promises";

const RECORDS_OWN_FAULT: readonly ErrorCode[] = [
  "empty",
  "oversize",
  "encoding",
  "envelope",
  "depth",
  "json",
  "schema",
  "identity",
  "features",
  "model-input",
  "model-output",
  "prediction",
  "store-rejected",
];
const MAY_PASS_LATER: readonly ErrorCode[] = [
  "throttled",
  "timeout",
  "unavailable",
  "credentials",
  "conflict",
  "cold-start",
  "circuit-open",
  "deadline",
  "cancelled",
  "lease-lost",
  "internal",
];

describe("the error taxonomy", () => {
  it.each(RECORDS_OWN_FAULT)("never retries %s: it is the record's own fault", (code) => {
    expect(isRetryable(code)).toBe(false);
    expect(new SluiceError(code, "decode", "x").retryable).toBe(false);
  });

  it.each(MAY_PASS_LATER)("retries %s: it may pass", (code) => {
    expect(isRetryable(code)).toBe(true);
    expect(new SluiceError(code, "store", "x").retryable).toBe(true);
  });

  it("is closed: these are all the codes there are", () => {
    expect(ERROR_CODES).toEqual([...RECORDS_OWN_FAULT, ...MAY_PASS_LATER]);
  });
});

describe("SluiceError", () => {
  it("carries what is needed to understand it", () => {
    const cause = new Error("socket closed");

    const error = new SluiceError("throttled", "store", "Slow down.", {
      adapter: "local/store",
      coordinates: { partition: "3", offset: 17 },
      retryAfterMs: 250,
      cause,
    });

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SluiceError",
      code: "throttled",
      stage: "store",
      message: "Slow down.",
      adapter: "local/store",
      coordinates: { partition: "3", offset: 17 },
      retryAfterMs: 250,
    });
    expect(error.cause).toBe(cause);
  });

  it("has no adapter, coordinates, wait or cause unless they are given", () => {
    const error = new SluiceError("json", "decode", "The event is not valid JSON.");

    expect(error.adapter).toBeUndefined();
    expect(error.coordinates).toEqual({});
    expect(error.retryAfterMs).toBeUndefined();
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });
});

describe("the stack of a SluiceError", () => {
  it("is captured only where the fault may lie in the code, not for each bad record", () => {
    const before = Error.stackTraceLimit;

    const own = new SluiceError("json", "decode", "x");
    const unknown = new SluiceError("internal", "store", "x");

    expect(own.stack).not.toMatch(/\n\s+at /);
    expect(unknown.stack).toMatch(/\n\s+at .*errors\.test/);
    expect(Error.stackTraceLimit).toBe(before);
  });
});

describe("ConfigError", () => {
  it("says where, what and how to fix it, in one message", () => {
    const error = new ConfigError("`0` is not a width.", "pipeline.ts", "Write a whole number.");

    expect(error.message).toBe("pipeline.ts: `0` is not a width. Write a whole number.");
    expect(error).toMatchObject({
      name: "ConfigError",
      what: "`0` is not a width.",
      where: "pipeline.ts",
      fix: "Write a whole number.",
    });
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });

  it("keeps its cause", () => {
    const cause = new Error("ENOENT");

    const error = new ConfigError("a", "b", "c", { cause });

    expect(error.cause).toBe(cause);
  });
});

describe("toSluiceError", () => {
  it("leaves a SluiceError as it is", () => {
    const error = new SluiceError("timeout", "store", "x");

    expect(toSluiceError(error, "infer", "other")).toBe(error);
  });

  it("lets a ConfigError pass through by throwing it", () => {
    const mistake = new ConfigError("a", "b", "c");

    expect(() => toSluiceError(mistake, "infer")).toThrow(mistake);
  });

  it("makes any other error internal, and keeps it as the cause", () => {
    const thrown = new TypeError("x is not a function");

    const error = toSluiceError(thrown, "store", "local/store");

    expect(error).toMatchObject({
      code: "internal",
      stage: "store",
      message: "x is not a function",
      adapter: "local/store",
      retryable: true,
    });
    expect(error.cause).toBe(thrown);
    expect(toSluiceError(thrown, "store").adapter).toBeUndefined();
  });

  it.each([
    ["text", "boom", "boom"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 42, "42"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
  ])("takes %s that was thrown", (_, thrown, message) => {
    expect(toSluiceError(thrown, "infer")).toMatchObject({ code: "internal", message });
  });

  it.each([
    ["an object without a prototype", Object.create(null) as unknown],
    ["an object whose toString is data", { toString: 1, valueOf: 2 }],
    ["an error whose message is not text", Object.assign(new Error("x"), { message: { status: 500 } })],
  ])("takes %s that was thrown, rather than throwing something of its own", (_, thrown) => {
    expect(toSluiceError(thrown, "infer").code).toBe("internal");
  });

  it("bounds the message and escapes what could forge a log line", () => {
    const error = toSluiceError(new Error(`first\nlevel=info ${"x".repeat(100_000)}`), "infer");

    expect(error.message.startsWith("first\\u000alevel=info x")).toBe(true);
    expect(error.message).toHaveLength(MAX_MESSAGE_CHARS);
  });
});

describe("messageOf", () => {
  it("gives the text of what was thrown, and a text of its own where there is none", () => {
    expect(messageOf(new Error("boom"))).toBe("boom");
    expect(messageOf("boom")).toBe("boom");
    expect(messageOf(undefined)).toBe("undefined");
    expect(messageOf(Object.create(null))).toBe("something without a text was thrown");
  });
});

describe("blame", () => {
  it("quotes errors that speak of the code", () => {
    const { error } = attempt(() => (undefined as unknown as { x: number }).x);

    expect(blame(error)).toBe(
      "The pipeline's own code threw TypeError: Cannot read properties of undefined (reading 'x')",
    );
    expect(blame(new ReferenceError("y is not defined"))).toBe(
      "The pipeline's own code threw ReferenceError: y is not defined",
    );
  });

  it.each([
    ["JSON.parse", () => JSON.parse("4111-1111")],
    ["BigInt", () => BigInt("4111-1111")],
    ["the in operator", () => "x" in ("4111-1111" as unknown as object)],
    ["a Set", () => new Set(4111 as unknown as Iterable<number>)],
    ["an error of the user's own", () => raise(new Error("card 4111-1111 is blocked"))],
    ["text", () => raise("4111-1111")],
    ["an object", () => raise({ card: "4111-1111" })],
  ])("never quotes the payload that %s choked on", (_, code) => {
    const { error } = attempt(code);

    expect(blame(error)).not.toContain("4111");
    expect(blame(error)).toMatch(/^The pipeline's own code threw (SyntaxError|TypeError|Error|string|object)\.$/);
  });

  it("bounds and escapes what it quotes", () => {
    const named = Object.assign(new Error("x"), { name: `A\n${"b".repeat(1_000)}` });

    expect(blame(named).length).toBeLessThan(120);
    expect(blame(named)).toContain("A\\u000ab");
    expect(blame(new ReferenceError(`${"b".repeat(1_000)} is not defined`)).length).toBeLessThan(260);
    expect(blame(Object.assign(new Error("x"), { name: Object.create(null) }))).toContain("something without a text");
  });
});

/** What the code throws. */
function attempt(code: () => unknown): { error: unknown } {
  try {
    return { error: code() };
  } catch (error) {
    return { error };
  }
}

describe("clip", () => {
  it("leaves a message of exactly the limit alone and cuts one that is longer by one", () => {
    const fits = "a".repeat(MAX_MESSAGE_CHARS);

    expect(MAX_MESSAGE_CHARS).toBe(2_000);
    expect(clip(fits)).toBe(fits);
    expect(clip(`${fits}a`)).toBe(`${"a".repeat(MAX_MESSAGE_CHARS - 1)}…`);
  });

  it("bounds what the escapes make of it too", () => {
    expect(clip("\n".repeat(100_000))).toHaveLength(MAX_MESSAGE_CHARS);
    expect(clip("\n".repeat(3), 18)).toBe("\\u000a".repeat(3));
    expect(clip("\n".repeat(3), 17)).toBe("\\u000a\\u000a\\u00…");
  });

  it("leaves no half of a surrogate pair behind, its own cut's or the text's", () => {
    expect(clip("ab🙂cd", 4)).toBe("ab\ufffd…");
    expect(clip("a\ud800b")).toBe("a\ufffdb");
  });

  it("takes a limit of the caller's", () => {
    expect(clip("abcdef", 4)).toBe("abc…");
    expect(clip("abcd", 4)).toBe("abcd");
  });

  it.each([
    ["NUL", "\u0000", "\\u0000"],
    ["a line break", "\n", "\\u000a"],
    ["the last C0 control", "\u001f", "\\u001f"],
    ["escape, which begins a terminal sequence", "\u001b[31m", "\\u001b[31m"],
    ["delete", "\u007f", "\\u007f"],
    ["the last C1 control", "\u009f", "\\u009f"],
    ["line separator", "\u2028", "\\u2028"],
    ["paragraph separator", "\u2029", "\\u2029"],
    ["first bidirectional embedding", "\u202a", "\\u202a"],
    ["right-to-left override", "\u202e", "\\u202e"],
    ["first bidirectional isolate", "\u2066", "\\u2066"],
    ["last bidirectional isolate", "\u2069", "\\u2069"],
  ])("escapes %s", (_, character, expected) => {
    expect(clip(`a${character}b${character}`)).toBe(`a${expected}b${expected}`);
  });

  it("leaves ordinary text alone, whatever its script", () => {
    const text = " ~\u00a0é 日本語 🙂 \u2027\u202f\u2065\u206a";

    expect(clip(text)).toBe(text);
  });
});
