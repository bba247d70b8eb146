import { describe, expect, it } from "@jest/globals";
import { createDeadline } from "../../../../../shared/deadline";
import { persist } from "../../../../../shared/engine/persist";
import type { Store } from "../../../../../shared/ports";
import { manualClock } from "../../../../support/manual-clock";
import { hanging, raise } from "../../../../support/promises";
import { rowBatch } from "../../../../support/records";
import { answeringStore, codes, failure } from "../../../../support/stages";
import { retryContext } from "../../../../support/unit";

describe("a write that fails as a whole", () => {
  it("is sent again where nobody is to blame", async () => {
    const { writes, options } = answeringStore((_, call) => (call < 2 ? raise(failure("unavailable")) : {}));

    const { failures } = await persist(rowBatch(2), options);

    expect(writes).toEqual([
      ["e0", "e1"],
      ["e0", "e1"],
      ["e0", "e1"],
    ]);
    expect(failures.size).toBe(0);
  });

  it("hands every row back when it goes on", async () => {
    const { options } = answeringStore(() => raise(failure("unavailable")));

    const { failures } = await persist(rowBatch(2), options);

    expect(codes(failures)).toEqual([
      [0, "unavailable"],
      [1, "unavailable"],
    ]);
  });

  it("is internal where it throws something unknown", async () => {
    const { options } = answeringStore(() => raise(new TypeError("x")));

    const { failures } = await persist(rowBatch(1), options);

    expect(failures.get(0)).toMatchObject({ code: "internal", stage: "store", message: "x" });
  });

  it("is not sent again while the circuit is open", async () => {
    const { writes, options } = answeringStore(() => ({}), { call: () => raise(failure("circuit-open")) });

    const { failures } = await persist(rowBatch(2), options);

    expect(writes).toEqual([]);
    expect(codes(failures)).toEqual([
      [0, "circuit-open"],
      [1, "circuit-open"],
    ]);
  });

  it.each([0, 1, 2, 3])("for the row at %i is repeated row by row, and only that row is blamed", async (position) => {
    const bad = `e${position}`;
    const { writes, options } = answeringStore((ids) =>
      ids.includes(bad) ? raise(failure("store-rejected")) : { duplicates: ids[0] === "e3" ? [0] : [] },
    );

    const { duplicates, failures } = await persist(rowBatch(4), options);

    expect(writes).toEqual([["e0", "e1", "e2", "e3"], ["e0"], ["e1"], ["e2"], ["e3"]]);
    expect(codes(failures)).toEqual([[position, "store-rejected"]]);
    expect([...duplicates]).toEqual(position === 3 ? [] : [3]);
  });

  it("blames one row alone without asking again", async () => {
    const { writes, options } = answeringStore(() => raise(failure("store-rejected")));

    const { failures } = await persist(rowBatch(1), options);

    expect(writes).toEqual([["e0"]]);
    expect(codes(failures)).toEqual([[0, "store-rejected"]]);
  });

  it("row by row sends what was merely unlucky once more", async () => {
    const { writes, options } = answeringStore((ids, call) => {
      if (ids.includes("e0")) return raise(failure("store-rejected"));
      return call === 2 ? raise(failure("timeout")) : {};
    });

    const { failures } = await persist(rowBatch(3), options);

    expect(writes).toEqual([["e0", "e1", "e2"], ["e0"], ["e1"], ["e2"], ["e1"]]);
    expect(codes(failures)).toEqual([[0, "store-rejected"]]);
  });

  it("of rows sent again still knows whose each answer is", async () => {
    const { writes, options } = answeringStore((ids, call) => {
      if (call === 0) return { failures: [1, 3].map((index) => ({ index, error: failure("timeout") })) };
      if (ids.includes("e3")) return raise(failure("store-rejected"));
      return { duplicates: [0] };
    });

    const { duplicates, failures } = await persist(rowBatch(4), options);

    expect(writes).toEqual([["e0", "e1", "e2", "e3"], ["e1", "e3"], ["e1"], ["e3"]]);
    expect([...duplicates]).toEqual([1]);
    expect(codes(failures)).toEqual([[3, "store-rejected"]]);
  });

  it("with an unknown error blames its rows only once it is told to", async () => {
    const { writes, options } = answeringStore((ids) => (ids.includes("e1") ? raise(new Error("boom")) : {}), {
      blamesRows: ({ code }) => code === "internal",
    });

    const { failures } = await persist(rowBatch(2), options);

    expect(writes).toEqual([["e0", "e1"], ["e0"], ["e1"]]);
    expect(codes(failures)).toEqual([[1, "internal"]]);
  });
});

describe("the deadline of a write", () => {
  it("that is over lets nothing be written", async () => {
    const clock = manualClock();
    const deadline = createDeadline({ clock, at: clock.now(), reserveMs: 0 });
    const { writes, options } = answeringStore(() => ({}), { retry: retryContext({ clock, deadline }) });

    const { failures } = await persist(rowBatch(2), options);

    expect(writes).toEqual([]);
    expect([...failures.values()].map(({ code, stage }) => [code, stage])).toEqual([
      ["deadline", "store"],
      ["deadline", "store"],
    ]);
  });

  it("ends a write that hangs and ignores its signal", async () => {
    const clock = manualClock();
    const deadline = createDeadline({ clock, at: clock.now() + 100, reserveMs: 0 });
    const { options } = answeringStore(() => hanging(), { retry: retryContext({ clock, deadline }) });

    const { failures } = await persist(rowBatch(2), options);

    expect(codes(failures)).toEqual([
      [0, "deadline"],
      [1, "deadline"],
    ]);
    expect(failures.get(0)?.stage).toBe("store");
    expect(clock.monotonic()).toBe(100);
  });

  it("comes with a signal for the store", async () => {
    const host = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const { options } = answeringStore(() => ({}));
    const write: Store["write"] = async (_, call) => {
      signals.push(call?.signal);
      return { duplicates: [], failures: [] };
    };
    const retry = retryContext({
      deadline: createDeadline({ clock: manualClock(), reserveMs: 0, parent: host.signal }),
    });

    await persist(rowBatch(1), { ...options, retry, store: { ...options.store, write } });

    expect(signals).toEqual([host.signal]);
  });
});
