import { expect, it } from "@jest/globals";
import type { Store } from "sluice";
import type { Answer } from "../../../support/answers";
import type { HttpRequest, StubReply } from "../../../support/http-stub";
import { all, event, rowBatch } from "../../../support/records";

type QueriedStore = Store & Required<Pick<Store, "query">>;

/** What every store does with the rows of one call; a note of `tooLong` makes a row longer than the service takes. */
export function writesRows(
  withStore: (test: (store: QueriedStore) => Promise<void>) => Promise<void>,
  tooLong: string,
): void {
  it("writes a key and an id once per call, and the first row of them wins", () =>
    withStore(async (store) => {
      const rows = [event(1, { amount: 1 }), event(2), event(1, { amount: 3 }), event(1, { key: "other", amount: 4 })];

      const report = await store.write(rowBatch(rows));

      expect(report).toEqual({ duplicates: [], failures: [] });
      expect(await store.read("k1", "e1")).toMatchObject({ prediction: { amount: 1 } });
      expect(await store.read("other", "e1")).toMatchObject({ prediction: { amount: 4 } });
    }));

  it("refuses a row that is larger than the service takes, and only that one", () =>
    withStore(async (store) => {
      const large = event(1, { note: tooLong });

      const { failures } = await store.write(rowBatch([event(0), large, event(2), large]));

      expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
        [1, "store-rejected"],
        [3, "store-rejected"],
      ]);
      expect(await all(store.query({ limit: 9 }))).toHaveLength(2);
    }));
}

export interface MidwaySubject {
  /** A store that makes one request at a time, of a service that does as the test says. */
  withStub<T>(answer: Answer, test: (store: Store) => Promise<T>): Promise<T>;
  /** Ids of the events in a request. */
  idsOf(request: HttpRequest): readonly unknown[];
  /** An answer that takes all of it. */
  taken(request: HttpRequest): StubReply;
  /** Rows of a call. */
  rows: number;
  /** The request with this event never ends. */
  hangs: string;
  /** The rows that are not stored then. */
  left: readonly number[];
}

/** What every store does when its caller gives up. */
export function stopsMidway({ withStub, idsOf, taken, rows, hangs, left }: MidwaySubject): void {
  it("stops when it is cancelled midway, and says what is not stored", async () => {
    const controller = new AbortController();

    const { failures } = await withStub(
      (request) => {
        if (!idsOf(request).includes(hangs)) return taken(request);
        setImmediate(() => controller.abort());
        return "hang";
      },
      (store) => store.write(rowBatch(rows), { signal: controller.signal }),
    );

    expect(failures.map(({ index }) => index)).toEqual(left);
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["cancelled"]));
  });
}
