import { describe, expect, it } from "@jest/globals";
import { createTurns } from "../../../../../functions/azure/guard/turns";
import { settled } from "../../../../support/manual-clock";

describe("turns", () => {
  it("are taken together by all that can be together", async () => {
    const turns = createTurns();
    const { begin, begun } = works();

    for (const name of ["a", "b", "c"]) void turns.together(begin(name).work);
    await settled();

    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("are taken alone after all others have ended, and nothing begins meanwhile", async () => {
    const turns = createTurns();
    const { begin, begun } = works();
    const [first, alone, last] = ["first", "alone", "last"].map(begin) as [Work, Work, Work];

    void turns.together(first.work);
    void turns.alone(alone.work);
    void turns.together(last.work);
    await settled();
    const before = [...begun];
    first.end();
    await settled();
    const meanwhile = [...begun];
    alone.end();
    await settled();

    expect([before, meanwhile, begun]).toEqual([["first"], ["first", "alone"], ["first", "alone", "last"]]);
  });

  it("are taken one after the other by those that are alone", async () => {
    const turns = createTurns();
    const { begin, begun } = works();
    const [a, b] = ["a", "b"].map(begin) as [Work, Work];

    const both = [turns.alone(a.work), turns.alone(b.work)];
    await settled();
    const before = [...begun];
    a.end();
    b.end();
    await Promise.all(both);

    expect([before, begun]).toEqual([["a"], ["a", "b"]]);
  });

  it("end with what the work gives, and for the next one when it throws", async () => {
    const turns = createTurns();

    const failing = turns.alone(async () => Promise.reject(new Error("no")));
    const next = turns.alone(async () => "yes");

    await expect(failing).rejects.toThrow("no");
    await expect(next).resolves.toBe("yes");
  });

  it("are given up when the signal aborts: those behind need not wait any longer", async () => {
    const turns = createTurns();
    const { begin, begun } = works();
    const giveUp = new AbortController();
    void turns.together(begin("running").work);

    const given = turns.alone(begin("given up").work, giveUp.signal);
    void turns.together(begin("behind").work);
    giveUp.abort();

    await expect(given).rejects.toMatchObject({ code: "cancelled" });
    await settled();
    expect(begun).toEqual(["running", "behind"]);
  });

  it("are not even asked for with a signal that has aborted, and not given up once they have begun", async () => {
    const turns = createTurns();
    const { begin, begun } = works();
    const ending = new AbortController();
    const work = begin("begun");

    const working = turns.together(work.work, ending.signal);
    ending.abort();
    const late = turns.together(begin("late").work, ending.signal);
    work.end();

    await expect(late).rejects.toMatchObject({ code: "cancelled" });
    await expect(working).resolves.toBeUndefined();
    expect(begun).toEqual(["begun"]);
  });
});

interface Work {
  work(): Promise<void>;
  end(): void;
}

/** Work that ends when it is told to. */
function works() {
  const begun: string[] = [];
  return {
    begun,
    begin: (name: string): Work => {
      const { promise, resolve } = Promise.withResolvers<void>();
      return {
        work: () => {
          begun.push(name);
          return promise;
        },
        end: resolve,
      };
    },
  };
}
