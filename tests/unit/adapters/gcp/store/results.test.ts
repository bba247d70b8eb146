import { describe, expect, it } from "@jest/globals";
import { gcpClient } from "../../../../../adapters/gcp/client";
import { type GcpStore, RESULT_COLUMNS } from "../../../../../adapters/gcp/store";
import { type GcpStubAnswer, gcpFailure, withGcpStub } from "../../../../support/gcp-stub";
import type { HttpRequest } from "../../../../support/http-stub";
import { manualClock } from "../../../../support/manual-clock";
import { event, rowBatch } from "../../../../support/records";
import { RESULTS, statuses, withStub } from "./open";

const published: GcpStubAnswer = (request) => ({ body: { messageIds: rowsOf(request).map((_, i) => String(i)) } });

describe("results for BigQuery", () => {
  it("are one message per stored row, in the columns of the table", async () => {
    const rows = await withResults(published, async (store, sent) => {
      const prediction = { score: 0.5, note: "\ud800" };
      await store.write(rowBatch([event(1, { label: true })], { predictions: [prediction] }));
      return sent.flatMap(rowsOf);
    });

    expect(rows).toEqual([
      {
        event_id: "e1",
        event_key: "k1",
        event_time: "2026-01-01T00:00:00.001Z",
        prediction: '{"score":0.5,"note":"\ufffd"}',
        truth: 1,
        model_version: "model-1",
        pipeline_version: "1",
        stored_at: "2026-01-01T00:00:00.000Z",
      },
    ]);
    expect(Object.keys(rows[0]!)).toEqual(RESULT_COLUMNS.map(({ name }) => name));
  });

  it("have no event time where BigQuery has no such year", async () => {
    const rows = await withResults(published, async (store, sent) => {
      await store.write(rowBatch([-8.64e15, 8.64e15, 0].map((at, i) => event(i, { at }))));
      return sent.flatMap(rowsOf);
    });

    expect(rows.map((row) => row["event_time"])).toEqual([null, null, "1970-01-01T00:00:00.000Z"]);
  });

  it("are of the rows that are stored, each document once", async () => {
    const rows = await withResults(
      published,
      async (store, sent) => {
        await store.write(rowBatch([event(0), event(1), event(2), event(2)]));
        return sent.flatMap(rowsOf);
      },
      (request) => statuses(request, { e1: 3 }),
    );

    expect(rows.map((row) => row["event_id"])).toEqual(["e0", "e2"]);
  });

  it("that are not out make their rows ones to write again", async () => {
    const failures = await withResults(
      () => gcpFailure("UNAVAILABLE"),
      async (store) => (await store.write(rowBatch([event(0), event(1), event(0)]))).failures,
    );

    expect(failures.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([
      [0, "unavailable", true],
      [1, "unavailable", true],
      [2, "unavailable", true],
    ]);
  });

  it("go out again by themselves where that may help, by requests of 1000", async () => {
    const [failures, counts] = await withResults(
      (request, number) => (number === 0 ? gcpFailure("UNAVAILABLE") : published(request, number)),
      async (store, sent) => {
        const report = await store.write(rowBatch(2_500));
        return [report.failures, sent.map((request) => rowsOf(request).length)] as const;
      },
      undefined,
      2,
    );

    expect(failures).toEqual([]);
    expect(counts.reduce((a, b) => a + b)).toBe(2_500 + counts[0]!);
    expect(Math.max(...counts)).toBe(1_000);
  });
});

/** A store whose results go to a service that does as the test says. */
function withResults<T>(
  answer: GcpStubAnswer,
  test: (store: GcpStore, sent: readonly HttpRequest[]) => Promise<T>,
  firestore: GcpStubAnswer = (request) => statuses(request),
  maxAttempts = 1,
): Promise<T> {
  return withGcpStub(answer, ({ endpoint, requests }) =>
    withStub(firestore, (store) => test(store, requests), {
      resultsTopic: RESULTS,
      publisher: gcpClient({ endpoint }),
      clock: manualClock(),
      maxAttempts,
    }),
  );
}

function rowsOf(request: HttpRequest): Record<string, unknown>[] {
  if (request.path !== `/v1/${RESULTS}:publish`) throw new Error(request.path);
  const { messages } = request.json<{ messages: { data: string; attributes: object }[] }>();
  for (const { attributes } of messages) expect(attributes).toEqual({ sluice: "result" });
  return messages.map(({ data }) => JSON.parse(Buffer.from(data, "base64").toString()));
}
