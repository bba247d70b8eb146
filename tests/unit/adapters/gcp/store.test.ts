import { describe, expect, it } from "@jest/globals";
import { documentId, gcpStore } from "../../../../adapters/gcp/store";
import { errorOf } from "../../../support/contract";
import { gcpFailure } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { event, events, rowBatch } from "../../../support/records";
import { stopsMidway, writesRows } from "../suites/writing";
import { documentName, rawDocument, statuses, withDatabase, withStub, writtenIds } from "./store/open";

const UNAVAILABLE = 14;
const ABORTED = 10;
const RESOURCE_EXHAUSTED = 8;
const INVALID_ARGUMENT = 3;

describe("writing to Firestore", () => {
  writesRows((test) => withDatabase({}, test), "x".repeat(1024 * 1024));

  it("names a document by the hash of key and id: nothing in its name grows with them", () =>
    withDatabase({}, async (store, database) => {
      await store.write(rowBatch(50));

      const ids = database
        .documents("projects/p/databases/d/documents/predictions")
        .map(({ name }) => name.split("/").at(-1)!);

      expect(ids).toContain(documentId("k1", "e1"));
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(new Set(ids.map((id) => id[0])).size).toBeGreaterThan(8);
    }));

  it("sends 500 writes at most, no large request, and no document twice", async () => {
    const requests = await withStub(
      (request) => statuses(request),
      async (store, sent) => {
        await store.write(rowBatch([...events(1_200), ...events(1_200)]));
        await store.write(rowBatch(events(12, { note: "\u0001".repeat(1024 * 1024 - 600) })));
        return sent.map((request) => ({ ids: writtenIds(request), bytes: request.body.length }));
      },
    );

    expect(
      requests
        .slice(0, 3)
        .map(({ ids }) => ids.length)
        .sort((a, b) => a - b),
    ).toEqual([200, 500, 500]);
    expect(new Set(requests.slice(0, 3).flatMap(({ ids }) => ids)).size).toBe(1_200);
    for (const { bytes } of requests) expect(bytes).toBeLessThan(10 * 1024 * 1024);
  });

  it("writes again what the service puts off, that alone, after a pause", async () => {
    const clock = manualClock();
    const requests = await withStub(
      (request, number) =>
        statuses(request, number === 0 ? { e1: ABORTED, e3: UNAVAILABLE, e4: RESOURCE_EXHAUSTED } : {}),
      async (store, sent) => {
        const report = await store.write(rowBatch(5));
        expect(report).toEqual({ duplicates: [], failures: [] });
        return sent.map(writtenIds);
      },
      { clock, random: () => 0.5 },
    );

    expect(requests).toEqual([
      ["e0", "e1", "e2", "e3", "e4"],
      ["e1", "e3", "e4"],
    ]);
    expect(clock.asked()).toBe(25);
  });

  it("waits for as long as a status asks", async () => {
    const clock = manualClock();
    const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" };
    await withStub(
      (request, number) =>
        number === 0
          ? { body: { status: [{ code: RESOURCE_EXHAUSTED, message: "m", details: [retryInfo] }] } }
          : statuses(request),
      (store) => store.write(rowBatch(1)),
      { clock },
    );

    expect(clock.asked()).toBe(1_500);
  });

  it("reports what stays put off, each row with its own reason", async () => {
    const [failures, requests] = await withStub(
      (request) => statuses(request, { e1: ABORTED, e2: INVALID_ARGUMENT, e3: RESOURCE_EXHAUSTED }),
      async (store, sent) => {
        const report = await store.write(rowBatch([event(0), event(1), event(2), event(1), event(3)]));
        return [report.failures, sent.length] as const;
      },
      { clock: manualClock() },
    );

    expect(failures.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([
      [1, "conflict", true],
      [2, "store-rejected", false],
      [3, "conflict", true],
      [4, "throttled", true],
    ]);
    expect(requests).toBe(4);
  });

  it("finds the write that a whole request is refused for", async () => {
    const failures = await withStub(
      (request) =>
        request.body.includes('"e2"') ? gcpFailure("INVALID_ARGUMENT", "secret: nothing to quote") : statuses(request),
      async (store) => (await store.write(rowBatch(9))).failures,
    );

    expect(failures).toMatchObject([{ index: 2, error: { code: "store-rejected", stage: "store" } }]);
    expect(String(failures[0]?.error)).not.toContain("secret");
  });

  it("calls once more where a request fails for a reason that may pass, and no more than that", async () => {
    const counts = await withStub(
      () => gcpFailure("UNAVAILABLE"),
      async (store, sent) => {
        const { failures } = await store.write(rowBatch(3));
        return [failures.map(({ error }) => error.code), sent.length];
      },
      { maxAttempts: 2, clock: manualClock() },
    );

    expect(counts).toEqual([["unavailable", "unavailable", "unavailable"], 2]);
  });

  it("does not believe an answer that leaves writes out", async () => {
    const failures = await withStub(
      () => ({ body: { writeResults: [{}], status: [{}] } }),
      async (store) => (await store.write(rowBatch(2))).failures,
    );

    expect(failures.map(({ error }) => error.code)).toEqual(["unavailable", "unavailable"]);
  });

  it("a request that fails leaves the others alone", async () => {
    const failures = await withStub(
      (request) => (writtenIds(request).includes("e0") ? gcpFailure("PERMISSION_DENIED") : statuses(request)),
      async (store) => (await store.write(rowBatch(600))).failures,
    );

    expect(failures.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["credentials"]));
  });

  stopsMidway({
    withStub: (answer, test) => withStub(answer, test, { concurrency: 1 }),
    idsOf: writtenIds,
    taken: (request) => statuses(request),
    rows: 600,
    hangs: "e599",
    left: Array.from({ length: 100 }, (_, i) => 500 + i),
  });

  it("names the collection in its errors, and nothing of the rows", () =>
    withStub(
      () => gcpFailure("NOT_FOUND", "The database d does not exist for project p"),
      async (store) => {
        const { failures } = await store.write(rowBatch([event(1, { note: "secret" })]));
        const error = await errorOf(store.read("k1", "e1"));

        expect(error).toMatchObject({
          code: "unavailable",
          adapter: "gcp/store",
          coordinates: { collection: "projects/p/databases/d/documents/predictions" },
        });
        expect(String(failures[0]?.error)).not.toContain("secret");
      },
    ));

  it("says how a collection is written, where it is not", async () => {
    const store = gcpStore({ collection: "predictions" });

    expect(String(await errorOf(store.write(rowBatch(1))))).toContain(
      "Write `projects/PROJECT/databases/DATABASE/documents/COLLECTION`.",
    );
  });
});

describe("time to live", () => {
  it("is a timestamp, and only there if it is wanted", () =>
    withDatabase({ ttlDays: 2, clock: manualClock({ start: Date.UTC(2026, 0, 1) + 500 }) }, async (store, database) => {
      await store.write(rowBatch([event(1)]));

      const document = rawDocument(database, documentId("k1", "e1"));

      expect(document?.fields).toMatchObject({
        storedAt: { integerValue: String(Date.UTC(2026, 0, 1) + 500) },
        expiresAt: { timestampValue: expect.stringMatching(/^2026-01-03T00:00:00\.500/) },
      });
    }));

  it("is absent by default", () =>
    withDatabase({}, async (store, database) => {
      await store.write(rowBatch([event(1)]));

      expect(Object.keys(rawDocument(database, documentId("k1", "e1"))?.fields ?? {})).not.toContain("expiresAt");
    }));
});

describe("the client", () => {
  it("is the injected one", () =>
    withDatabase({}, async (other) => {
      const store = gcpStore({ collection: "projects/p/databases/d/documents/others", client: other.client });

      await store.write(rowBatch(1));
      await store.close();

      expect(store.client).toBe(other.client);
      expect(await other.read("k0", "e0")).toBeUndefined();
      expect(await store.read("k0", "e0")).toMatchObject({ id: "e0" });
    }));

  it("reads a document by its name, and says so where a service answers something else", () =>
    withStub(
      ({ path, json }) =>
        path.endsWith(":batchGet") && json<{ documents: string[] }>().documents[0] === documentName("k1", "e1")
          ? { body: [{ missing: documentName("k1", "e1"), readTime: "2026-01-01T00:00:00Z" }] }
          : { body: "<html>" },
      async (store) => {
        expect(await store.read("k1", "e1")).toBeUndefined();
        expect(await errorOf(store.read("k1", "e2"))).toMatchObject({ code: "unavailable" });
      },
    ));
});
