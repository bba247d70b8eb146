import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, type Ingest, type IngestCapabilities, type PublishBatch, SluiceError } from "sluice";
import { cannotInject, errorOf, partialFault, type Subject, unless, using } from "../support/contract";
import { events, json } from "../support/records";

/** The port, and what a consumer of the stream would find: messages in order, per partition. */
export interface ObservedIngest {
  ingest: Ingest;
  messages: () => Promise<readonly { partition: string; body: string | Uint8Array }[]>;
}

/** What every stream does with what is published to it. */
export function ingestContract(subject: Subject<ObservedIngest, IngestCapabilities>): void {
  const { capabilities } = subject;
  const { maxEventBytes } = capabilities;
  const partly = partialFault(subject);
  const notIdempotent = capabilities.idempotentProducer ? undefined : "the producer is not idempotent";
  const unordered = capabilities.ordering === "per-key" ? undefined : "the stream keeps no order";

  describe(`ingest contract: ${subject.name}`, () => {
    describe("partial failure, throttle and outage", () => {
      unless(cannotInject(subject, partly))(
        "events that are not reported as failed are durable, and none of a key's later events overtakes a failed one",
        using(subject, async ({ port, inject }) => {
          const batch = publishing(30);
          const heal = await inject(partly);

          const { accepted, failures } = await port.ingest.publish(batch);
          await heal();

          const failed = new Set(failures.map(({ index }) => index));
          expect(failed.size).toBeGreaterThan(0);
          expect(accepted).toBe(30 - failed.size);
          expect((await bodies(port)).sort()).toEqual(batch.bodies.filter((_, index) => !failed.has(index)).sort());
          for (const key of ["k0", "k1", "k2"]) expect(acceptedAfterFailed(batch, failed, key)).toEqual([]);
        }),
      );
      unless(notIdempotent ?? cannotInject(subject, partly))(
        "a producer that repeats a call of which a part failed gets exactly the rest accepted",
        using(subject, async ({ port, inject }) => {
          const batch = publishing(30, { id: "p", sequence: 1 });
          const heal = await inject(partly);
          const first = await port.ingest.publish(batch);
          await heal();

          const second = await port.ingest.publish(batch);

          expect(second).toEqual({ accepted: first.failures.length, alreadyAccepted: first.accepted, failures: [] });
          expect((await bodies(port)).sort()).toEqual([...batch.bodies].sort());
        }),
      );
      for (const code of ["unavailable", "throttled", "credentials"] as const)
        unless(cannotInject(subject, { code, partial: false }))(
          `a service that is ${code} gives retryable errors and accepts nothing`,
          using(subject, async ({ port, inject }) => {
            const heal = await inject({ code, partial: false });

            const errors = await errorsOf(port.ingest, publishing(5));
            await heal();

            for (const error of errors) expect(error).toMatchObject({ code, stage: "ingest", retryable: true });
            expect(await bodies(port)).toEqual([]);
          }),
        );
    });

    describe("crash, restart and duplicates", () => {
      it(
        "events are durable when publish returns",
        using(subject, async ({ port, restart }) => {
          await port.ingest.publish(publishing(3));

          expect(await bodies(await restart())).toHaveLength(3);
        }),
      );
      unless(notIdempotent)(
        "a producer that does not know how its last call ended repeats it, and nothing is there twice",
        using(subject, async ({ port, restart }) => {
          await port.ingest.publish(publishing(10, { id: "p", sequence: 100 }));
          const after = await restart();

          const report = await after.ingest.publish(publishing(15, { id: "p", sequence: 100 }));

          expect(report).toEqual({ accepted: 5, alreadyAccepted: 10, failures: [] });
          expect(await bodies(after)).toHaveLength(15);
        }),
      );
      unless(notIdempotent)(
        "another producer's numbers are its own",
        using(subject, async ({ port }) => {
          await port.ingest.publish(publishing(5, { id: "p", sequence: 1 }));

          const report = await port.ingest.publish(publishing(5, { id: "q", sequence: 1 }));

          expect(report).toEqual({ accepted: 5, alreadyAccepted: 0, failures: [] });
        }),
      );
    });

    describe("cancellation and oversize", () => {
      it(
        "a call that is cancelled before it starts accepts nothing",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.ingest.publish(publishing(3), { signal: AbortSignal.abort() }));

          expect(error).toMatchObject({ code: "cancelled", retryable: true });
          expect(await bodies(port)).toEqual([]);
        }),
      );
      it(
        "an event of the longest size is accepted, one byte more fails alone and for good",
        using(subject, async ({ port }) => {
          const longest = "é"
            .repeat(Math.floor(maxEventBytes / 2))
            .padEnd(maxEventBytes - Math.floor(maxEventBytes / 2), "x");
          const keys = ["k0", "k0", "k0"];

          const report = await port.ingest.publish({ keys, bodies: ["first", `${longest}x`, "last"] });
          const whole = await port.ingest.publish({ keys: ["k0"], bodies: [longest] });

          expect(report).toMatchObject({ accepted: 2, failures: [{ index: 1 }] });
          expect(report.failures[0]!.error).toMatchObject({ code: "oversize", retryable: false });
          expect(whole).toMatchObject({ accepted: 1, failures: [] });
          expect((await bodies(port)).map(({ length }) => length).sort()).toEqual([4, 5, longest.length].sort());
        }),
      );
    });

    describe("ordinary behavior", () => {
      it(
        "declares what the contract was told",
        using(subject, async ({ port }) => {
          expect(port.ingest.capabilities).toEqual(capabilities);
        }),
      );
      unless(unordered)(
        "events of a key stay in one partition, in the order they were published",
        using(subject, async ({ port }) => {
          for (let call = 0; call < 5; call++) await port.ingest.publish(publishing(12, undefined, call * 12));

          const messages = await port.messages();

          const places = messages.flatMap(({ partition, body }) =>
            unpacked(body).map((event) => ({ partition, event })),
          );
          for (const ofKey of Map.groupBy(places, ({ event }) => JSON.parse(event).key).values()) {
            expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
            const order = ofKey.map(({ event }) => JSON.parse(event).at);
            expect(order).toEqual([...order].sort((a, b) => a - b));
          }
        }),
      );
      it(
        "bytes and text arrive as they were, valid or not",
        using(subject, async ({ port }) => {
          const odd = [
            "",
            "a\nb",
            "~tilde",
            "\ufefftext",
            '{"sluice":1,"count":1,"publishedAt":1}',
            "\u0000",
            "Ω\u{1f600}",
          ];
          const bytes = Uint8Array.of(0xff, 0x00, 0x0a, 0x80);
          await port.ingest.publish({ keys: [...odd, "k"].map(() => "k"), bodies: [...odd, bytes] });

          const found = (await port.messages()).flatMap(({ body }) => decodeEnvelope(body)?.events ?? [body]);

          expect(found.slice(0, odd.length)).toEqual(odd);
          expect(Buffer.from(found.at(-1)!)).toEqual(Buffer.from(bytes));
        }),
      );
      it(
        "nothing to publish is nothing",
        using(subject, async ({ port }) => {
          const report = await port.ingest.publish({ keys: [], bodies: [] });

          expect(report).toEqual({ accepted: 0, alreadyAccepted: 0, failures: [] });
          expect(await port.messages()).toEqual([]);
        }),
      );
      unless(unordered)(
        "different keys use different partitions",
        using(subject, async ({ port }) => {
          const keys = Array.from({ length: 50 }, (_, i) => `key-${i}`);
          await port.ingest.publish({ keys, bodies: keys });

          expect(new Set((await port.messages()).map(({ partition }) => partition)).size).toBeGreaterThan(1);
        }),
      );
    });
  });
}

function publishing(count: number, producer?: PublishBatch["producer"], from = 0): PublishBatch & { bodies: string[] } {
  const published = events(from + count).slice(from);
  return { keys: published.map(({ key }) => key), bodies: published.map(json), ...(producer && { producer }) };
}

async function bodies({ messages }: ObservedIngest): Promise<string[]> {
  return (await messages()).flatMap(({ body }) => unpacked(body));
}

function unpacked(body: string | Uint8Array): string[] {
  return decodeEnvelope(body)?.events.map(String) ?? [Buffer.from(body).toString()];
}

function acceptedAfterFailed({ keys }: PublishBatch, failed: ReadonlySet<number>, key: string): number[] {
  const indices = keys
    .keys()
    .filter((index) => keys[index] === key)
    .toArray();
  const first = indices.findIndex((index) => failed.has(index));
  return first === -1 ? [] : indices.slice(first).filter((index) => !failed.has(index));
}

/** What failed: as a whole, or event by event. */
async function errorsOf(ingest: Ingest, batch: PublishBatch): Promise<unknown[]> {
  try {
    const { failures } = await ingest.publish(batch);
    expect(failures).toHaveLength(batch.keys.length);
    return failures.map(({ error }) => error);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    return [thrown];
  }
}
