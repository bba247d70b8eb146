import { describe, expect, it } from "@jest/globals";
import { deadLetter, decodeDeadLetter, encodeDeadLetter, type LetterContext } from "../../../shared/deadletter";
import { SluiceError } from "../../../shared/errors";
import { hash53 } from "../../../shared/hash";

const ERROR = new SluiceError("schema", "preprocess", "amount: expected number");

function context(overrides: Partial<LetterContext> = {}, position = {}): LetterContext {
  return {
    position: {
      source: "payments",
      partition: "3",
      offset: "49590338271490256608559692538361571095921575989136588898",
      index: 2,
      ...position,
    },
    attempts: 4,
    pipeline: "card-fraud",
    pipelineVersion: "7",
    modelVersion: "sha256-1",
    failedAt: 1_763_800_000_000,
    ...overrides,
  };
}

describe("deadLetter", () => {
  it("says everything that is needed to understand the failure and to send the event again", () => {
    const letter = deadLetter("{}", ERROR, context({ key: "customer-1", eventId: "e1" }));

    expect(letter).toEqual({
      id: expect.any(String),
      body: Buffer.from("{}"),
      key: "customer-1",
      eventId: "e1",
      stage: "preprocess",
      code: "schema",
      message: "amount: expected number",
      attempts: 4,
      position: context().position,
      pipeline: "card-fraud",
      pipelineVersion: "7",
      modelVersion: "sha256-1",
      failedAt: 1_763_800_000_000,
    });
  });

  it("keeps bytes as they are and text as its UTF-8", () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);

    expect(deadLetter(bytes, ERROR, context()).body).toBe(bytes);
    expect(deadLetter("é", ERROR, context()).body).toEqual(Buffer.from([0xc3, 0xa9]));
  });

  it("has the same id whenever the same position fails, whatever the error, the attempt or the time", () => {
    const first = deadLetter("{}", ERROR, context());

    const again = deadLetter("{}", new SluiceError("internal", "infer", "x"), context({ attempts: 5, failedAt: 1 }));

    expect(again.id).toBe(first.id);
    expect(first.id).toMatch(/^[0-9a-z]+-[0-9a-z]+$/);
  });

  it("makes the id of two independent hashes: 53 bits alone would meet by chance", () => {
    const [first, second] = deadLetter("{}", ERROR, context()).id.split("-");

    expect(first).not.toBe(second);
    expect(Number.parseInt(first!, 36)).toBeLessThan(2 ** 53);
    expect([first, second]).not.toContain(hash53("").toString(36));
  });

  it("has another id at every other position", () => {
    const positions = [
      {},
      { source: "other" },
      { partition: "4" },
      { offset: "1" },
      { index: 3 },
      { source: "a/b", partition: "c" },
      { source: "a", partition: "b/c" },
    ];

    const ids = positions.map((position) => deadLetter("{}", ERROR, context({}, position)).id);

    expect(new Set(ids).size).toBe(positions.length);
  });

  it("bounds the message and keeps it on one line", () => {
    const long = new SluiceError("prediction", "infer", `a\nb${"x".repeat(100_000)}`);

    const { message } = deadLetter("{}", long, context());

    expect(message.startsWith("a\\u000abx")).toBe(true);
    expect(message.length).toBeLessThan(2_100);
  });
});

describe("the dead letter's text form", () => {
  it("gives the letter back, its bytes unchanged", () => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const letter = deadLetter(body.subarray(100, 200), ERROR, context({ key: "k", eventId: "e" }));

    const text = encodeDeadLetter(letter);

    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toMatchObject({ sluiceDeadLetter: 1, code: "schema" });
    expect(decodeDeadLetter(text)).toEqual({ ...letter, body: Buffer.from(body.subarray(100, 200)) });
  });

  it("gives undefined back for a key and an id that could not be read", () => {
    const decoded = decodeDeadLetter(encodeDeadLetter(deadLetter("", ERROR, context())));

    expect(decoded).toMatchObject({ key: undefined, eventId: undefined });
    expect(decoded?.body).toHaveLength(0);
    expect(decoded).not.toHaveProperty("sluiceDeadLetter");
  });

  it("takes a key or an id that is not text for missing", () => {
    const text = JSON.stringify({ sluiceDeadLetter: 1, body: "", key: 7, eventId: { a: 1 } });

    expect(decodeDeadLetter(text)).toMatchObject({ key: undefined, eventId: undefined });
  });

  it.each([
    ["not JSON", "{"],
    ["empty", ""],
    ["null", "null"],
    ["a number", "1"],
    ["a list", "[]"],
    ["an object without the mark", '{"body":""}'],
    ["of another version", '{"sluiceDeadLetter":2,"body":""}'],
    ["marked by something else", '{"sluiceDeadLetter":"1","body":""}'],
    ["without a body", '{"sluiceDeadLetter":1}'],
    ["with a body that is not text", '{"sluiceDeadLetter":1,"body":{}}'],
  ])("refuses text that is %s", (_, text) => {
    expect(decodeDeadLetter(text)).toBeUndefined();
  });

  it("changes no prototype, whatever the text says", () => {
    const text = '{"sluiceDeadLetter":1,"body":"","__proto__":{"polluted":true}}';

    const decoded = decodeDeadLetter(text);

    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((decoded as unknown as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
