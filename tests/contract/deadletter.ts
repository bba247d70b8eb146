import { describe, expect, it } from "@jest/globals";
import { type DeadLetterCapabilities, type DeadLetterStore, SluiceError } from "sluice";
import { cannotInject, errorOf, type Subject, unless, using } from "../support/contract";
import { all, letter } from "../support/records";

/** Letters as long as this are tried; a longer limit is believed. */
const LONGEST_TRIED = 16 * 1024 * 1024;

/** What every dead-letter store does: no letter is lost, none changes, each is there once. */
export function deadLetterContract(subject: Subject<DeadLetterStore, DeadLetterCapabilities>): void {
  const { capabilities } = subject;
  const noPayload = capabilities.payload ? undefined : "the store keeps no payload";
  const tooLongToTry =
    capabilities.maxEventBytes > LONGEST_TRIED
      ? `its limit of ${capabilities.maxEventBytes} bytes is too long to try`
      : undefined;
  const everything = { limit: 1_000 };

  describe(`dead-letter contract: ${subject.name}`, () => {
    describe("partial failure, throttle and outage", () => {
      for (const code of ["unavailable", "throttled", "credentials"] as const)
        unless(cannotInject(subject, { code, partial: false }))(
          `a service that is ${code} fails the call with a retryable error, and the same letters go through afterwards`,
          using(subject, async ({ port, inject }) => {
            const heal = await inject({ code, partial: false });

            const error = await errorOf(port.put([letter(1), letter(2)]));
            await heal();
            await port.put([letter(1), letter(2)]);

            expect(error).toBeInstanceOf(SluiceError);
            expect(error).toMatchObject({ code, stage: "deadletter", retryable: true });
            expect(await all(port.list(everything))).toHaveLength(2);
          }),
        );
      unless(cannotInject(subject, { code: "unavailable", partial: true }))(
        "a call of which only a part gets through fails, and repeating it puts each letter once",
        using(subject, async ({ port, inject }) => {
          const letters = Array.from({ length: 20 }, (_, i) => spread(i));
          const heal = await inject({ code: "unavailable", partial: true });

          const error = await errorOf(port.put(letters));
          await heal();
          await port.put(letters);

          if (error !== undefined) expect(error).toMatchObject({ retryable: true });
          expect(await ids(port)).toEqual(letters.map(({ id }) => id).sort());
        }),
      );
    });

    describe("crash, restart and duplicates", () => {
      it(
        "letters are durable when put returns: a new process lists them",
        using(subject, async ({ port, restart }) => {
          await port.put([letter(1)]);

          expect(await ids(await restart())).toEqual([letter(1).id]);
        }),
      );
      it(
        "a letter that is there already stays as it is",
        using(subject, async ({ port, restart }) => {
          await port.put([letter(1)]);
          const after = await restart();
          await after.put([letter(1, { attempts: 7, message: "another" }), letter(1, { attempts: 8 })]);

          const letters = await all(after.list(everything));

          expect(letters).toHaveLength(1);
          expect(letters[0]).toMatchObject({ attempts: 1, message: letter(1).message });
        }),
      );
      it(
        "a letter that was taken stays taken after a restart",
        using(subject, async ({ port, restart }) => {
          await port.put([letter(1), letter(2)]);
          await port.take([letter(1).id]);

          expect(await ids(await restart())).toEqual([letter(2).id]);
        }),
      );
      it(
        "taking twice, or what is not there, takes nothing",
        using(subject, async ({ port }) => {
          await port.put([letter(1), letter(2)]);

          expect(await port.take([letter(1).id, "unknown"])).toBe(1);
          expect(await port.take([letter(1).id])).toBe(0);
          expect(await port.take([])).toBe(0);
        }),
      );
    });

    describe("cancellation and oversize", () => {
      it(
        "a call that is cancelled before it starts throws and puts nothing",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.put([letter(1)], { signal: AbortSignal.abort() }));

          expect(error).toMatchObject({ code: "cancelled", retryable: true });
          expect(await ids(port)).toEqual([]);
        }),
      );
      it(
        "a list and a take that are cancelled throw, and nothing is taken",
        using(subject, async ({ port }) => {
          await port.put([letter(1)]);
          const signal = AbortSignal.abort();

          expect(await errorOf(all(port.list(everything, { signal })))).toMatchObject({ code: "cancelled" });
          expect(await errorOf(port.take([letter(1).id], { signal }))).toMatchObject({ code: "cancelled" });
          expect(await ids(port)).toHaveLength(1);
        }),
      );
      unless(noPayload)(
        "an event far longer than the pipeline takes is kept whole",
        using(subject, async ({ port }) => {
          const body = Buffer.alloc(Math.min(1024 * 1024, capabilities.maxEventBytes), "é");
          await port.put([letter(1, { body })]);

          const [found] = await all(port.list(everything));

          expect(Buffer.compare(found!.body, body)).toBe(0);
        }),
      );
      unless(noPayload ?? tooLongToTry)(
        "an event beyond its limit is refused, not cut",
        using(subject, async ({ port }) => {
          const body = Buffer.alloc(capabilities.maxEventBytes + 1);

          const error = await errorOf(port.put([letter(1, { body })]));

          expect(error).toMatchObject({ stage: "deadletter", retryable: false });
          expect(await ids(port)).toEqual([]);
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
      unless(noPayload)(
        "gives back the event's bytes as they came, whatever they are",
        using(subject, async ({ port, restart }) => {
          const bodies = [Uint8Array.from({ length: 256 }, (_, i) => i), Buffer.from('{"a":1}'), new Uint8Array(0)];
          await port.put(bodies.map((body, i) => letter(i, { body })));

          const found = await all((await restart()).list(everything));

          expect(found.map(({ body }) => [...body])).toEqual(bodies.map((body) => [...body]));
        }),
      );
      it(
        "gives back everything else of a letter, with and without key and event id",
        using(subject, async ({ port }) => {
          const letters = [
            letter(1, { key: "k 1/ü", eventId: "e1" }),
            letter(2, { code: "internal", stage: "actions" }),
          ];
          await port.put(letters);

          const found = await all(port.list(everything));

          const { body: _1, ...first } = letters[0]!;
          const { body: _2, ...second } = letters[1]!;
          expect(found).toMatchObject([first, second]);
        }),
      );
      it(
        "lists the oldest first, up to the limit",
        using(subject, async ({ port, tick }) => {
          for (const number of [1, 2, 3, 4]) {
            await port.put([spread(number)]);
            await tick(1_000);
          }

          const found = await all(port.list({ limit: 3 }));

          expect(found.map(({ id }) => id)).toEqual([1, 2, 3].map((number) => spread(number).id));
        }),
      );
      it(
        "selects by code and by the time of failure",
        using(subject, async ({ port }) => {
          await port.put([letter(1), letter(2, { code: "schema" }), letter(3)]);

          expect(await ids(port, { code: "schema" })).toEqual([letter(2).id]);
          expect(await ids(port, { from: letter(3).failedAt })).toEqual([letter(3).id]);
        }),
      );
      it(
        "lists more letters than a page holds, also while they are taken",
        using(subject, async ({ port }) => {
          const letters = Array.from({ length: 230 }, (_, i) => spread(i));
          await port.put(letters);

          const seen = new Set<string>();
          for await (const { id } of port.list(everything)) {
            seen.add(id);
            await port.take([id]);
          }

          expect(seen.size).toBe(230);
          expect(await ids(port)).toEqual([]);
        }),
      );
    });
  });
}

/** Letters of both partitions. */
function spread(number: number) {
  const { position } = letter(number);
  return letter(number, { position: { ...position, partition: String(number % 2) } });
}

async function ids(port: DeadLetterStore, filter: Partial<Parameters<DeadLetterStore["list"]>[0]> = {}) {
  return (await all(port.list({ limit: 1_000, ...filter }))).map(({ id }) => id).sort();
}
