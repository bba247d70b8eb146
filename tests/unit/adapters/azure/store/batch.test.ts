import { describe, expect, it } from "@jest/globals";
import { cosmosFailure } from "../../../../support/azure-stub";
import { manualClock } from "../../../../support/manual-clock";
import { events, rowBatch } from "../../../../support/records";
import { withStub, written, writtenIds } from "./open";

describe("a batch that fails", () => {
  it("is written without the document that is to blame, in the same call", async () => {
    const [failures, requests] = await withStub(
      (request) => written(request, { e3: 413, e9: 400 }),
      async (store, sent) => {
        const report = await store.write(rowBatch(events(12, { key: "k" })));
        return [report.failures, sent.map(writtenIds)] as const;
      },
    );

    expect(failures.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([
      [3, "store-rejected", false],
      [9, "store-rejected", false],
    ]);
    expect(requests.map(({ length }) => length)).toEqual([12, 11, 10]);
    expect(requests[2]).not.toContain("e3");
  });

  it("as a whole, because it cannot be read, is narrowed down to the document that is to blame", async () => {
    const failures = await withStub(
      (request) =>
        writtenIds(request).includes("e2") ? cosmosFailure(400, "BadRequest", {}, "secret") : written(request),
      async (store) => (await store.write(rowBatch(events(9, { key: "k" })))).failures,
    );

    expect(failures).toMatchObject([{ index: 2, error: { code: "store-rejected", stage: "store" } }]);
    expect(String(failures[0]?.error)).not.toContain("secret");
  });

  it.each([429, 449, 408, 410, 503])("because of a status %d that may pass goes again as a whole", async (status) => {
    const requests = await withStub(
      (request, number) => written(request, number === 0 ? { e3: status } : {}),
      async (store, sent) => {
        expect((await store.write(rowBatch(events(6, { key: "k" })))).failures).toEqual([]);
        return sent.map(writtenIds);
      },
      { maxAttempts: 2, clock: manualClock() },
    );

    expect(requests.map(({ length }) => length)).toEqual([6, 6]);
  });

  it("waits for as long as the operation that failed was told to", async () => {
    const clock = manualClock();
    await withStub(
      (request, number) =>
        written(request, number === 0 ? { e3: 429 } : {}, { subStatusCode: 3200, retryAfterMilliseconds: 1_234 }),
      (store) => store.write(rowBatch(events(6, { key: "k" }))),
      { maxAttempts: 2, clock },
    );

    expect(clock.asked()).toBe(1_234);
  });

  it("fails alone, and says what the service asked for", async () => {
    const failures = await withStub(
      (request) =>
        request.headers["x-ms-documentdb-partitionkey"] === '["k1"]'
          ? cosmosFailure(429, "TooManyRequests", { substatus: 3200, headers: { "x-ms-retry-after-ms": "250" } })
          : written(request),
      async (store) => (await store.write(rowBatch(12))).failures,
      { maxAttempts: 3, clock: manualClock() },
    );

    expect(failures.map(({ index }) => index)).toEqual([1, 4, 7, 10]);
    for (const { error } of failures) expect(error).toMatchObject({ code: "throttled", retryAfterMs: 250 });
  });

  it.each([
    ["leaves operations out", { body: [{ statusCode: 201 }] }],
    ["undoes all and blames none", { status: 207, body: events(6).map(() => ({ statusCode: 424 })) }],
    ["is a page of some proxy", { body: "<html>" }],
  ])("is not believed where the answer %s", async (_, answer) => {
    const failures = await withStub(
      () => answer,
      async (store) => (await store.write(rowBatch(events(6, { key: "k" })))).failures,
    );

    expect(failures.map(({ error }) => error.code)).toEqual(Array(6).fill("unavailable"));
  });
});
