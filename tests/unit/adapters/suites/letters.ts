import { expect, it } from "@jest/globals";
import { type DeadLetter, type DeadLetterStore, deadLetter, SluiceError } from "sluice";
import { errorOf } from "../../../support/contract";
import type { HttpRequest, StubReply } from "../../../support/http-stub";
import { settled } from "../../../support/manual-clock";
import { gate } from "../../../support/promises";
import { all, letter } from "../../../support/records";

/** Makes a letter by its offset, or by more of its position. */
type LetterAt = (
  offset: string,
  overrides?: Partial<DeadLetter["position"]> & Partial<Pick<DeadLetter, "failedAt">>,
) => DeadLetter;

/** Letters of a partition. */
export function lettersOf(partition: string): LetterAt {
  return (offset, { failedAt = Number(offset) || 1, ...position } = {}) =>
    deadLetter("{}", new SluiceError("json", "decode", "The event is not valid JSON."), {
      position: { source: "orders", partition, offset, index: 0, ...position },
      attempts: 1,
      pipeline: "p",
      pipelineVersion: "1",
      modelVersion: "m",
      failedAt,
    });
}

/** The name of a letter's object. */
export function nameOf({ id, position: { source, partition, offset, index } }: DeadLetter): string {
  return `dead-letters/${source}/${partition}/${offset.padStart(60, "0")}.${String(index).padStart(6, "0")}.${id}.json`;
}

/** Runs a test with letters in objects, and what lists the objects' names in their order. */
type WithObjects = (test: (store: DeadLetterStore, names: () => Promise<string[]>) => Promise<void>) => Promise<void>;

/** What every adapter does that keeps a letter in an object of its own; `at` makes letters of any partition. */
export function letterObjects(withObjects: WithObjects, at: LetterAt): void {
  it("has a name of source, partition, offset, place in the message and id, which sorts by offset", () =>
    withObjects(async (store, names) => {
      const letters = [at("9"), at("10", { index: 3 })];
      await store.put(letters.toReversed());

      expect(await names()).toEqual(letters.map(nameOf));
    }));

  it("has a name that is safe and its own, whatever the parts are", () =>
    withObjects(async (store, names) => {
      const odd = [
        ...["", ".", "..", "a/b", "raw/dt=2026-01-01/hh=03/"],
        ...["Ω \u{1f600}", "%2e!", "\u0000", "x".repeat(3_000)],
      ];
      const letters = odd.flatMap((text) => [at(text), at("1", { source: text }), at("1", { partition: text })]);
      await store.put(letters);

      const found = await names();

      expect(found).toHaveLength(letters.length);
      for (const name of found)
        expect(name).toMatch(/^dead-letters\/[\w!-]+\/[\w!-]+\/[\w!-]{60,}\.\d{6}\.[\w!-]+\.json$/);
      expect(Math.max(...found.map(({ length }) => length))).toBeLessThan(1_024);
      expect((await all(store.list({ limit: 99 }))).map(({ id }) => id).sort()).toEqual(
        letters.map(({ id }) => id).sort(),
      );
    }));

  it("is the first of two that one call puts", () =>
    withObjects(async (store) => {
      await store.put([letter(1, { attempts: 1 }), letter(1, { attempts: 2 })]);

      expect(await all(store.list({ limit: 9 }))).toMatchObject([{ attempts: 1 }]);
    }));
}

/** Runs a test with letters on a service whose answers the test may replace. */
type WithAnswers = (
  answer: (request: HttpRequest) => Promise<StubReply | undefined>,
  test: (store: DeadLetterStore) => Promise<void>,
) => Promise<void>;

/** That a failure is told when nothing is under way any more; `expected` is the error of the reply. */
export function waitsForAll(withAnswers: WithAnswers, reply: StubReply, expected: object): void {
  it("fails if any letter is not durable, and waits for what is under way", async () => {
    const failed = gate();
    let running = 0;
    const answer = async ({ path }: HttpRequest) => {
      running++;
      if (path.includes(letter(3).id)) failed.open();
      else for (let turn = 0; turn < 20; turn++) await failed.promise.then(settled);
      running--;
      return path.includes(letter(3).id) ? reply : undefined;
    };

    await withAnswers(answer, async (store) => {
      const error = await errorOf(store.put([1, 2, 3, 4].map((number) => letter(number))));

      expect(error).toMatchObject({ stage: "deadletter", ...expected });
      expect(running).toBe(0);
    });
  });
}
