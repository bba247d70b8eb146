import { describe, expect, it } from "@jest/globals";
import { type FeatureMatrix, type Infer, type InferCapabilities, type ModelOutput, SluiceError } from "sluice";
import { cannotInject, errorOf, type Subject, unless, using } from "../support/contract";

export interface InferSubject extends Subject<Infer, InferCapabilities> {
  /** Features per row of the harness's model. */
  width: number;
}

/** What every way to run the model does. */
export function inferContract(subject: InferSubject): void {
  const { capabilities, width } = subject;
  const unbounded =
    capabilities.maxRows > 100_000 ? `its limit of ${capabilities.maxRows} rows is too long to try` : undefined;

  describe(`infer contract: ${subject.name}`, () => {
    describe("throttle and outage", () => {
      for (const code of ["unavailable", "throttled", "credentials"] as const)
        unless(cannotInject(subject, { code, partial: false }))(
          `a model that is ${code} throws a retryable error, which blames no row`,
          using(subject, async ({ port, inject }) => {
            await port.warmUp();
            await inject({ code, partial: false });

            expect(await errorOf(port.infer(rows(3)))).toMatchObject({ code, stage: "infer", retryable: true });
          }),
        );
    });

    describe("restart, cancellation and what does not fit", () => {
      it(
        "the same model has the same version in every process",
        using(subject, async ({ port, restart }) => {
          const first = await port.warmUp();

          const second = await (await restart()).warmUp();

          expect(second).toEqual(first);
          expect(first.width).toBe(width);
          expect(first.version).not.toBe("");
        }),
      );
      it(
        "a call that is cancelled before it starts throws",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.infer(rows(1), { signal: AbortSignal.abort() }));

          expect(error).toBeInstanceOf(SluiceError);
          expect(error).toMatchObject({ code: "cancelled", retryable: true });
        }),
      );
      it(
        "rows of another width are refused, and the next call works",
        using(subject, async ({ port }) => {
          const data = new Float32Array(width + 1);

          const error = await errorOf(port.infer({ rows: 1, width: width + 1, data }));

          expect(error).toMatchObject({ code: "model-input", retryable: false });
          expect(lengths(await port.infer(rows(2)))).toEqual(lengths(await port.infer(rows(2))));
        }),
      );
      unless(unbounded)(
        "as many rows as it declares are answered in one call",
        using(subject, async ({ port }) => {
          const output = await port.infer(rows(capabilities.maxRows));

          for (const column of Object.values(output))
            expect(column.data).toHaveLength(capabilities.maxRows * column.width);
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
        "answers each row in order, the same alone and in company",
        using(subject, async ({ port }) => {
          const together = await port.infer(rows(7));

          for (let row = 0; row < 7; row++) {
            const alone = await port.infer(rows(1, row));
            for (const [name, column] of Object.entries(alone))
              expectSame(valuesOf(together, name, row), Array.from<number | string>(column.data));
          }
        }),
      );
      it(
        "reads no further than the rows, for the buffer behind them is reused",
        using(subject, async ({ port }) => {
          const { data } = rows(3);
          const longer = new Float32Array(100).fill(Number.NaN);
          longer.set(data);

          expect(plain(await port.infer({ rows: 3, width, data: longer }))).toEqual(plain(await port.infer(rows(3))));
        }),
      );
      it(
        "leaves the features as they were, and the answer as it was after the next call",
        using(subject, async ({ port }) => {
          const features = rows(3);
          const first = await port.infer(features);
          const before = plain(first);

          await port.infer(rows(3, 50));

          expect(plain(first)).toEqual(before);
          expect([...features.data]).toEqual([...rows(3).data]);
        }),
      );
      it(
        "calls that run at the same time do not mix their rows",
        using(subject, async ({ port }) => {
          const offsets = [0, 10, 20, 30];

          const parallel = await Promise.all(offsets.map((offset) => port.infer(rows(4, offset))));

          for (const [i, offset] of offsets.entries())
            expect(plain(parallel[i]!)).toEqual(plain(await port.infer(rows(4, offset))));
        }),
      );
      it(
        "no rows give no values",
        using(subject, async ({ port }) => {
          for (const { data } of Object.values(await port.infer(rows(0)))) expect(data).toHaveLength(0);
        }),
      );
    });
  });

  function rows(count: number, from = 0): FeatureMatrix {
    const value = (_: unknown, i: number) => Math.fround((((from * width + i) * 37) % 101) / 100);
    return { rows: count, width, data: Float32Array.from({ length: count * width }, value) };
  }
}

function valuesOf(output: ModelOutput, name: string, row: number): (number | string)[] {
  const { width, data } = output[name]!;
  return Array.from<number | string>(data).slice(row * width, (row + 1) * width);
}

function plain(output: ModelOutput): Record<string, (number | string)[]> {
  return Object.fromEntries(
    Object.entries(output).map(([name, { data }]) => [name, Array.from<number | string>(data)]),
  );
}

function lengths(output: ModelOutput): number[] {
  return Object.values(output).map(({ data }) => data.length);
}

/** Batches may sum in another order: the last bits may differ. */
function expectSame(actual: readonly (number | string)[], expected: readonly (number | string)[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    if (typeof value === "number") expect(actual[i]).toBeCloseTo(value, 5);
    else expect(actual[i]).toBe(value);
}
