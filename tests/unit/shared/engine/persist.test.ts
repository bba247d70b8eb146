import { describe, expect, it } from "@jest/globals";
import { createDeadline } from "../../../../shared/deadline";
import { persist, subset } from "../../../../shared/engine/persist";
import { ConfigError } from "../../../../shared/errors";
import type { RowBatch } from "../../../../shared/ports";
import { manualClock } from "../../../support/manual-clock";
import { raise } from "../../../support/promises";
import { event, events, rowBatch } from "../../../support/records";
import { answeringStore, codes, failure } from "../../../support/stages";
import { retryContext } from "../../../support/unit";

describe("persist", () => {
  it("is one write where all goes well", async () => {
    const { writes, options } = answeringStore(() => ({}));

    const { duplicates, failures } = await persist(rowBatch(3), options);

    expect(writes).toEqual([["e0", "e1", "e2"]]);
    expect([duplicates.size, failures.size]).toEqual([0, 0]);
  });

  it("is no write for no rows", async () => {
    const { writes, options } = answeringStore(() => ({}));

    const { duplicates, failures } = await persist(rowBatch(0), options);

    expect(writes).toEqual([]);
    expect([duplicates.size, failures.size]).toEqual([0, 0]);
  });

  it("hands over the batch itself, not a copy", async () => {
    const rows = rowBatch(2);
    const seen: RowBatch[] = [];
    const { options } = answeringStore(() => ({}));
    const store = {
      ...options.store,
      write: async (given: RowBatch) => ({ duplicates: [], failures: [], given: seen.push(given) }),
    };

    await persist(rows, { ...options, store });

    expect(seen[0]).toBe(rows);
  });

  it("reports duplicates", async () => {
    const { options } = answeringStore(() => ({ duplicates: [0, 2] }));

    const { duplicates, failures } = await persist(rowBatch(3), options);

    expect([...duplicates]).toEqual([0, 2]);
    expect(failures.size).toBe(0);
  });

  it("sends only what failed again, until all is durable, and knows whose each answer is", async () => {
    const { writes, options } = answeringStore(
      (_, call) =>
        [
          { duplicates: [1], failures: [2, 3, 5].map((index) => ({ index, error: failure("throttled") })) },
          { duplicates: [2], failures: [{ index: 0, error: failure("conflict") }] },
          {},
        ][call]!,
    );

    const { duplicates, failures } = await persist(rowBatch(6), options);

    expect(writes).toEqual([["e0", "e1", "e2", "e3", "e4", "e5"], ["e2", "e3", "e5"], ["e2"]]);
    expect([...duplicates]).toEqual([1, 5]);
    expect(failures.size).toBe(0);
  });

  it("gives up once the attempts are used up", async () => {
    const { writes, options } = answeringStore((ids) => ({
      failures: ids.map((_, index) => ({ index, error: failure("throttled") })).slice(1),
    }));

    const { failures } = await persist(rowBatch(4), options);

    expect(writes).toEqual([
      ["e0", "e1", "e2", "e3"],
      ["e1", "e2", "e3"],
      ["e2", "e3"],
    ]);
    expect(codes(failures)).toEqual([[3, "throttled"]]);
  });

  it("does not send a blamed row again, and sends its neighbors", async () => {
    const { writes, options } = answeringStore((_, call) =>
      call === 0
        ? {
            failures: [
              { index: 0, error: failure("store-rejected") },
              { index: 1, error: failure("timeout") },
            ],
          }
        : {},
    );

    const { failures } = await persist(rowBatch(3), options);

    expect(writes).toEqual([["e0", "e1", "e2"], ["e1"]]);
    expect(codes(failures)).toEqual([[0, "store-rejected"]]);
  });

  it("waits as long as the row asks that asks for most", async () => {
    const { clock, options } = answeringStore((_, call) =>
      call === 0
        ? {
            failures: [failure("timeout"), failure("throttled", 900), failure("throttled", 400)].map(
              (error, index) => ({ index, error }),
            ),
          }
        : {},
    );

    await persist(rowBatch(3), options);

    expect(clock.asked()).toBe(900);
  });

  it("does not wait past the deadline", async () => {
    const clock = manualClock();
    const deadline = createDeadline({ clock, at: clock.now() + 500, reserveMs: 0 });
    const before = clock.asked();
    const { writes, options } = answeringStore(() => ({ failures: [{ index: 0, error: failure("throttled", 500) }] }), {
      retry: retryContext({ clock, deadline }),
    });

    const { failures } = await persist(rowBatch(1), options);

    expect(writes).toHaveLength(1);
    expect(codes(failures)).toEqual([[0, "throttled"]]);
    expect(clock.asked()).toBe(before);
  });

  it("lets a ConfigError through", async () => {
    const mistake = new ConfigError("a", "b", "c");
    const { options } = answeringStore(() => raise(mistake));

    await expect(persist(rowBatch(2), options)).rejects.toBe(mistake);
  });
});

describe("subset", () => {
  it("takes the given rows of every column", () => {
    const all = events(4).map((of, i) => ({ ...of, label: i % 2 === 0 }));

    const taken = subset(rowBatch(all), [3, 1]);

    expect(taken).toEqual(rowBatch([all[3]!, all[1]!]));
  });

  it("has no column for the truth where there is none", () => {
    expect(subset(rowBatch([event(1)], { truths: undefined }), [0]).truths).toBeUndefined();
  });
});
