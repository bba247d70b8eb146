import { describe, expect, it } from "@jest/globals";
import { type RowBatch, SluiceError, type Store, type StoreCapabilities } from "sluice";
import { cannotInject, errorOf, partialFault, type Subject, unless, using } from "../support/contract";
import { all, event, events, rowBatch } from "../support/records";

/** What every prediction store does, whatever it stands on. */
export function storeContract(subject: Subject<Store, StoreCapabilities>): void {
  const { capabilities } = subject;
  const partly = partialFault(subject);
  const down = { code: "unavailable", partial: false } as const;
  const throttled = { code: "throttled", partial: false } as const;
  const noQuery = capabilities.query ? undefined : "the store has no query";
  const noReport = capabilities.reportsDuplicates ? undefined : "the store cannot tell duplicates";

  describe(`store contract: ${subject.name}`, () => {
    describe("partial failure", () => {
      unless(cannotInject(subject, partly))(
        "rows that the report does not name are durable, rows that it names are not",
        using(subject, async ({ port, inject, restart }) => {
          const rows = rowBatch(20);
          const heal = await inject(partly);

          const { failures } = await port.write(rows);
          await heal();
          const after = await restart();

          const failed = new Set(failures.map(({ index }) => index));
          expect(failed.size).toBeGreaterThan(0);
          expect(failed.size).toBeLessThan(20);
          for (let row = 0; row < rows.count; row++)
            expect((await after.read(rows.keys[row]!, rows.ids[row]!)) === undefined).toBe(failed.has(row));
        }),
      );
      unless(cannotInject(subject, partly))(
        "failures are retryable errors in the order of their rows",
        using(subject, async ({ port, inject }) => {
          await inject(partly);

          const { failures } = await port.write(rowBatch(20));

          expect(failures.map(({ index }) => index)).toEqual(failures.map(({ index }) => index).sort((a, b) => a - b));
          for (const { error } of failures) expect(error).toMatchObject({ code: partly.code, retryable: true });
        }),
      );
    });

    describe("throttle and outage", () => {
      for (const fault of [throttled, down])
        unless(cannotInject(subject, fault))(
          `a service that is ${fault.code} gives a retryable error of that code, and the same rows go through afterwards`,
          using(subject, async ({ port, inject }) => {
            const heal = await inject(fault);

            const codes = await failureCodes(port, rowBatch(5));
            await heal();
            const again = await port.write(rowBatch(5));

            expect(codes).toEqual(new Set([fault.code]));
            expect(again.failures).toEqual([]);
          }),
        );
    });

    describe("crash, restart and duplicates", () => {
      it(
        "rows are durable when write returns: a new process reads them",
        using(subject, async ({ port, restart }) => {
          await port.write(rowBatch([event(1, { label: true })]));

          const row = await (await restart()).read("k1", "e1");

          expect(row).toMatchObject({ id: "e1", key: "k1", truth: 1, modelVersion: "model-1", pipelineVersion: "1" });
        }),
      );
      it(
        "the same rows again, after a crash before the checkpoint, change nothing",
        using(subject, async ({ port, restart }) => {
          await port.write(rowBatch(10));
          const after = await restart();

          const report = await after.write(rowBatch(10));

          expect(report.failures).toEqual([]);
          if (capabilities.query) expect(await all(after.query!({ limit: 100 }))).toHaveLength(10);
        }),
      );
      unless(capabilities.idempotency === "first-wins" ? undefined : "the store overwrites")(
        "the first result of an id stays",
        using(subject, async ({ port }) => {
          await port.write(rowBatch([event(1, { amount: 1 })]));
          await port.write(rowBatch([event(1, { amount: 2 })], { modelVersion: "model-2" }));

          const row = await port.read("k1", "e1");

          expect(row).toMatchObject({ prediction: { amount: 1 }, modelVersion: "model-1" });
        }),
      );
      unless(noReport)(
        "the report names exactly the rows whose id was there before, also within one call",
        using(subject, async ({ port, restart }) => {
          await port.write(rowBatch([event(1), event(3)]));
          const after = await restart();

          const report = await after.write(rowBatch([event(0), event(1), event(2), event(2), event(3), event(0)]));

          expect(report).toEqual({ duplicates: [1, 3, 4, 5], failures: [] });
        }),
      );
      it(
        "two processes that write the same rows at once store each once",
        using(subject, async ({ port, restart }) => {
          const other = await restart();

          const reports = await Promise.all([port.write(rowBatch(30)), other.write(rowBatch(30))]);

          expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
          if (capabilities.reportsDuplicates) expect(reports.flatMap(({ duplicates }) => duplicates)).toHaveLength(30);
          for (const { key, id } of events(30)) expect(await other.read(key, id)).toMatchObject({ id });
        }),
      );
    });

    describe("cancellation and oversize", () => {
      it(
        "a call that is cancelled before it starts throws and stores nothing",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.write(rowBatch(3), { signal: AbortSignal.abort() }));

          expect(error).toBeInstanceOf(SluiceError);
          expect(error).toMatchObject({ code: "cancelled", retryable: true });
          expect(await port.read("k0", "e0")).toBeUndefined();
        }),
      );
      it(
        "a read that is cancelled throws",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.read("k0", "e0", { signal: AbortSignal.abort() }));

          expect(error).toMatchObject({ code: "cancelled" });
        }),
      );
      it(
        "more rows than any single request holds are stored in one call",
        using(subject, async ({ port }) => {
          const report = await port.write(rowBatch(1_000));

          expect(report).toEqual({ duplicates: [], failures: [] });
          expect(await port.read("k0", "e999")).toMatchObject({ id: "e999" });
        }),
      );
    });

    describe("ordinary behavior", () => {
      it(
        "declares what the contract was told",
        using(subject, async ({ port }) => {
          expect(port.capabilities).toEqual(capabilities);
        }),
      );
      it(
        "keeps every value of a row as it was: numbers to the last bit, text byte for byte",
        using(subject, async ({ port, restart }) => {
          const note = '=1+1 \'; DROP TABLE x; -- {"$gt":""} Ωmega \u{1f600} \u202e\u0000\ttab';
          const prediction = { score: 0.1 + 0.2, suspicious: false, amount: 5e-324, note };
          await port.write(rowBatch([event(1, { amount: 1 / 3 })], { predictions: [prediction] }));

          const row = await (await restart()).read("k1", "e1");

          expect(row?.prediction).toEqual(prediction);
          expect([...row!.features]).toEqual([1 / 3, 1, 1 / 3].map(Math.fround));
          expect(row).toMatchObject({ time: event(1).at, truth: null });
        }),
      );
      it(
        "the caller's arrays are its own again when write returns",
        using(subject, async ({ port }) => {
          const rows = rowBatch(2);
          await port.write(rows);
          (rows.ids as string[]).length = 0;
          rows.features.data.fill(-1);

          const row = await port.read("k1", "e1");

          expect([...row!.features]).toEqual([1, 1, 1]);
        }),
      );
      it(
        "nothing to write is nothing",
        using(subject, async ({ port }) => {
          expect(await port.write(rowBatch(0))).toEqual({ duplicates: [], failures: [] });
        }),
      );
      it(
        "an id that is not there, or under another key, is undefined",
        using(subject, async ({ port }) => {
          await port.write(rowBatch(2));

          expect(await port.read("k1", "e7")).toBeUndefined();
          expect(await port.read("k0", "e1")).toBeUndefined();
        }),
      );
      unless(noQuery)(
        "a query selects by id, by key and by event time, oldest or newest first, up to its limit",
        using(subject, async ({ port }) => {
          await port.write(rowBatch(12));
          const ids = async (query: Parameters<NonNullable<Store["query"]>>[0]) =>
            (await all(port.query!(query))).map(({ id }) => id);

          expect(await ids({ id: "e4", limit: 9 })).toEqual(["e4"]);
          expect(await ids({ key: "k1", limit: 9 })).toEqual(["e1", "e4", "e7", "e10"]);
          expect(await ids({ from: event(3).at, to: event(5).at, limit: 9 })).toEqual(["e3", "e4"]);
          expect(await ids({ newest: true, limit: 2 })).toEqual(["e11", "e10"]);
          expect(await ids({ key: "k1", limit: 2 })).toEqual(["e1", "e4"]);
        }),
      );
    });
  });
}

/** The codes of what fails: as a whole, or row by row. */
async function failureCodes(port: Store, rows: RowBatch): Promise<Set<string>> {
  try {
    const { failures } = await port.write(rows);
    expect(failures).toHaveLength(rows.count);
    return new Set(failures.map(({ error }) => error.code));
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    return new Set([(thrown as SluiceError).code]);
  }
}
