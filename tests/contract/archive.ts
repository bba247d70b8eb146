import { describe, expect, it } from "@jest/globals";
import { type Archive, decodeEnvelope, type Ingest } from "sluice";
import { cannotInject, errorOf, type Subject, unless, using } from "../support/contract";
import { all, events, json } from "../support/records";

/** The archive, and the stream that it keeps. */
export interface ArchivedStream {
  archive: Archive;
  ingest: Ingest;
}

/** What every archive does: it gives back what the stream accepted, in order within each partition. */
export function archiveContract(subject: Subject<ArchivedStream, undefined>): void {
  const down = { code: "unavailable", partial: false } as const;

  describe(`archive contract: ${subject.name}`, () => {
    unless(cannotInject(subject, down))(
      "a service that is unavailable gives a retryable error",
      using(subject, async ({ port, inject }) => {
        await publish(port, 3);
        await inject(down);

        expect(await errorOf(all(port.archive.read({})))).toMatchObject({ code: "unavailable", stage: "archive" });
      }),
    );
    it(
      "a read that is cancelled throws",
      using(subject, async ({ port }) => {
        await publish(port, 3);

        const error = await errorOf(all(port.archive.read({}, { signal: AbortSignal.abort() })));

        expect(error).toMatchObject({ code: "cancelled", retryable: true });
      }),
    );
    it(
      "a read that is cancelled halfway stops there",
      using(subject, async ({ port, tick }) => {
        for (let i = 0; i < 5; i++) {
          await publish(port, 3);
          await tick(1_000);
        }
        const controller = new AbortController();
        const seen: string[] = [];

        const reading = (async () => {
          for await (const { offset } of port.archive.read({}, { signal: controller.signal })) {
            seen.push(offset);
            controller.abort();
          }
        })();

        expect(await errorOf(reading)).toMatchObject({ code: "cancelled" });
        expect(seen).toHaveLength(1);
      }),
    );
    it(
      "gives back every event of every message, also to a process that starts later",
      using(subject, async ({ port, restart }) => {
        await publish(port, 200);

        const bodies = unpacked(await all((await restart()).archive.read({})));

        expect(bodies.sort()).toEqual(events(200).map(json).sort());
      }),
    );
    it(
      "keeps the order within each partition, and no offset comes twice",
      using(subject, async ({ port, tick }) => {
        for (let i = 0; i < 10; i++) {
          await publish(port, 6);
          await tick(10);
        }

        const messages = await all(port.archive.read({}));

        for (const partition of Map.groupBy(messages, (message) => message.partition).values()) {
          const times = partition.map(({ acceptedAt }) => acceptedAt);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(new Set(partition.map(({ offset }) => offset)).size).toBe(partition.length);
        }
      }),
    );
    it(
      "selects by the time of acceptance: from inclusive, to exclusive",
      using(subject, async ({ port, tick }) => {
        for (let i = 0; i < 4; i++) {
          await publish(port, 1);
          await tick(60_000);
        }
        const times = (await all(port.archive.read({}))).map(({ acceptedAt }) => acceptedAt);

        const between = await all(port.archive.read({ from: times[1]!, to: times[3]! }));

        expect(between.map(({ acceptedAt }) => acceptedAt)).toEqual(times.slice(1, 3));
        expect(await all(port.archive.read({ from: times[3]! + 1 }))).toEqual([]);
      }),
    );
    it(
      "an empty stream gives nothing",
      using(subject, async ({ port }) => {
        expect(await all(port.archive.read({}))).toEqual([]);
      }),
    );
  });
}

async function publish({ ingest }: ArchivedStream, count: number): Promise<void> {
  const published = events(count);
  await ingest.publish({ keys: published.map(({ key }) => key), bodies: published.map(json) });
}

function unpacked(messages: readonly { body: string | Uint8Array }[]): string[] {
  return messages.flatMap(({ body }) => decodeEnvelope(body)?.events.map(String) ?? [String(body)]);
}
