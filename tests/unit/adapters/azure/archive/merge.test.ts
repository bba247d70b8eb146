import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { merged, type Run } from "../../../../../adapters/azure/archive/merge";
import { all } from "../../../../support/records";

function run(numbers: readonly number[], opened: number[] = []): Run {
  return {
    first: numbers[0] ?? 0,
    read: async function* () {
      opened.push(numbers[0] ?? 0);
      for (const sequence of numbers)
        yield { sequence, message: { body: "", partition: "0", offset: String(sequence), acceptedAt: 0 } };
    },
  };
}

async function* inOrder(runs: readonly Run[]): AsyncGenerator<Run> {
  yield* runs.toSorted((a, b) => a.first - b.first);
}

describe("runs of messages that overlap", () => {
  it("are one sequence, each number once", async () => {
    const numbers = fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1 }).map((list) => list.sort((a, b) => a - b));

    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { maxLength: 6 }), async (lists) => {
        const found = (await all(merged(inOrder(lists.map((list) => run(list)))))).map(({ sequence }) => sequence);

        expect(found).toEqual([...new Set(lists.flat())].sort((a, b) => a - b));
      }),
    );
  });

  it("are opened when their turn has come", async () => {
    const opened: number[] = [];
    const messages = merged(inOrder([run([1, 5], opened), run([2, 3], opened), run([6, 7], opened)]));

    await messages.next();
    expect(opened).toEqual([1]);
    await messages.next();
    expect(opened).toEqual([1, 2]);
    await all(messages);
    expect(opened).toEqual([1, 2, 6]);
  });
});
