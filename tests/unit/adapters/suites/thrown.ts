import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { ConfigError, ERROR_CODES, type ErrorCode, SluiceError, type Stage } from "sluice";
import { cancelled, type ErrorPlace } from "../../../../adapters/place";
import { HttpError } from "../../../../adapters/rest";

/** Makes a SluiceError of anything that is thrown. */
type Classify = (thrown: unknown, place: ErrorPlace) => SluiceError;

const place: ErrorPlace = { stage: "store", adapter: "test/store" };

/** An answer over HTTP. */
export function http(status: number, body: unknown = "", headers: Record<string, string> = {}): HttpError {
  return new HttpError(status, headers, typeof body === "string" ? body : JSON.stringify(body));
}

/** What a service's refusal of data means; `refused` is one. */
export function blamesByStage(classify: Classify, refused: unknown): void {
  it("blames the data by the stage that was refused", () => {
    const codes = (["infer", "store", "actions", "deadletter", "ingest"] as Stage[]).map(
      (stage) => classify(refused, { ...place, stage }).code,
    );

    expect(codes).toEqual(["model-input", "store-rejected", "store-rejected", "store-rejected", "store-rejected"]);
  });
}

/** What an answer of no known form means. */
export function readsStatus(classify: Classify): void {
  it.each<[number, ErrorCode]>([
    [200, "unavailable"],
    [301, "unavailable"],
    [400, "internal"],
    [401, "credentials"],
    [403, "credentials"],
    [404, "unavailable"],
    [408, "timeout"],
    [409, "conflict"],
    [412, "conflict"],
    [413, "store-rejected"],
    [418, "internal"],
    [429, "throttled"],
    [500, "unavailable"],
    [502, "unavailable"],
    [504, "timeout"],
    [599, "unavailable"],
  ])("says what its status says where its body is a proxy's page: %s", (status, code) => {
    expect(classify(http(status, "<html>"), place).code).toBe(code);
  });
}

/** What it means that no service was reached, by our REST client. */
export function readsFetch(classify: Classify): void {
  it.each<[string, ErrorCode]>([
    ["ETIMEDOUT", "timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
    ["ECONNRESET", "unavailable"],
    ["ECONNREFUSED", "unavailable"],
    ["UND_ERR_SOCKET", "unavailable"],
    ["EAI_AGAIN", "unavailable"],
    ["ENOTFOUND", "unavailable"],
  ])("has the code of what lies behind fetch's own error: %s", (nodeCode, code) => {
    // As where a name has two addresses.
    const behind = Object.assign(new AggregateError([new Error("v6"), new Error("v4")]), { code: nodeCode });

    const error = classify(new TypeError("fetch failed", { cause: behind }), place);

    expect(error).toMatchObject({ code });
    expect(error.message).toContain(nodeCode);
    expect(classify(behind, place).code).toBe(code);
  });
}

/** What the end of a call means, whoever ended it. */
export function readsTheEndOfWaiting(classify: Classify): void {
  it("is a timeout, or the caller's own doing", () => {
    expect(classify(new DOMException("late", "TimeoutError"), place).code).toBe("timeout");
    expect(classify(new DOMException("no", "AbortError"), place).code).toBe("cancelled");
    expect(cancelled(place)).toMatchObject({ code: "cancelled", stage: "store", adapter: "test/store" });
  });
}

/** That nothing stops the classifier; `odd` makes things in the form of what is thrown, with junk in them. */
export function readsAnything(classify: Classify, odd: fc.Arbitrary<unknown>): void {
  const expectSound = (error: SluiceError) => {
    expect(ERROR_CODES).toContain(error.code);
    expect(error.message.length).toBeLessThan(1_200);
    expect(error.message).not.toContain("\n");
  };

  it("passes if it is a SluiceError, and is thrown on if it is a ConfigError", () => {
    const ours = new SluiceError("json", "decode", "x");
    const mistake = new ConfigError("a", "b", "c");

    expect(classify(ours, place)).toBe(ours);
    expect(() => classify(mistake, place)).toThrow(mistake);
  });

  it("never makes the classifier throw, whatever it is", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const refuses = () => {
      throw new Error("no");
    };
    const trap = new Proxy({}, { get: refuses, getPrototypeOf: refuses });
    const bad = { $metadata: proxy, statusDetails: proxy };
    for (const name of ["name", "code"]) Object.defineProperty(bad, name, { get: refuses });

    for (const junk of [proxy, trap, bad, undefined, null, 0, Number.NaN, "text", Symbol("x"), () => {}, [], 10n])
      expect(classify(junk, place)).toMatchObject({ code: "internal", stage: "store" });
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), (junk) => {
        expectSound(classify(junk, place));
      }),
    );
  });

  it("never makes the classifier throw where its fields are junk", () => {
    fc.assert(
      fc.property(odd, (thrown) => expectSound(classify(thrown, place))),
      { numRuns: 200 },
    );
  });
}

/** Answers whose words are junk, in the forms that services use. */
export function oddAnswer(): fc.Arbitrary<HttpError> {
  const value = fc.jsonValue();
  const told = fc.record({ message: value, status: value, code: value, details: value, errors: value });
  const body = fc.oneof(
    fc.string(),
    fc.oneof(value, told).map((error) => JSON.stringify({ error })),
    told.map((error) => JSON.stringify(error)),
  );
  return fc
    .record({ status: fc.integer({ min: 0, max: 999 }), body, after: fc.string() })
    .map(({ status, body, after }) => http(status, body, { "retry-after": after }));
}
