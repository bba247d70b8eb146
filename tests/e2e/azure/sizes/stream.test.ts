import { EventHubProducerClient } from "@azure/event-hubs";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { encodeEnvelope } from "sluice";
import { azureIngest } from "../../../../adapters/azure/ingest";
import { openEventHubs } from "../../../../emulators/azure/event-hubs";
import { DEAD_LETTERS } from "../../../../functions/azure/compose";
import { type AzurePath, openPath } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { bodiesOf, idsOf } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { eventOf, KIB, MIB, PACKED, RAW, thinPipeline, WIDE } from "../../../support/sized-events";

/** Of an event, as our producer takes it. */
const MOST = 767 * KIB;
/** Of a batch, with what AMQP adds. */
const BATCH_BYTES = MIB;
const thin = thinPipeline(MIB);

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

afterEach(() => {
  services().services.eventHubs.faults.set(undefined);
});

describe("an event on its way to the function", () => {
  it("is taken by the producer up to 767 KiB, in bytes and not in characters; one byte more fails alone", async () => {
    const path = await openPath(services(), { pipeline: thin });
    const sized = ["a", WIDE].flatMap((fill, i) => [eventOf(MOST, i * 2, fill), eventOf(MOST + 1, i * 2 + 1, fill)]);

    const report = await publish(path, sized);
    await path.run();

    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "oversize"],
      [3, "oversize"],
    ]);
    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("fits into a batch of 1 MiB also where it must be escaped, and its letter has every byte of it", async () => {
    const path = await openPath(services(), { pipeline: thin });
    const body = Buffer.concat([Buffer.alloc(MOST - RAW.length, 0x61), RAW]);

    const report = await publish(path, [body, Buffer.concat([body, RAW])]);
    await path.run();

    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([[1, "oversize"]]);
    const letters = await path.letters();
    expect(letters.map(({ code }) => code)).toEqual(["encoding"]);
    expect(bodiesOf(letters)).toEqual([body.toString("latin1")]);
    await path.close();
  });

  it("is processed at the pipeline's own limit and a letter with all its bytes one byte above it", async () => {
    const path = await openPath(services(), { pipeline: thinPipeline(5_000) });
    const bodies = [eventOf(5_000, 0, WIDE), eventOf(5_001, 1, WIDE), eventOf(5_000, 2)];

    await publish(path, bodies);
    await path.run();

    const letters = await path.letters();
    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    expect(letters.map(({ code, body }) => [code, Buffer.from(body).toString()])).toEqual([["oversize", bodies[1]]]);
    await path.close();
  });

  it("goes with as many others as a batch holds, and no batch is longer than what Event Hubs takes", async () => {
    const path = await openPath(services(), { pipeline: thin });
    const batches: { events: number; bytes: number }[] = [];
    services().services.eventHubs.faults.set(({ events, bytes }) => {
      batches.push({ events, bytes });
      return undefined;
    });
    const bodies = [
      ...Array.from({ length: 12 }, (_, number) => eventOf(200 * KIB, number)),
      ...Array.from({ length: 1_000 }, (_, number) => eventOf(200, 12 + number)),
    ];

    const report = await publish(path, bodies);
    await path.run();

    expect(report).toEqual({ accepted: bodies.length, alreadyAccepted: 0, failures: [] });
    expect(Math.max(...batches.map(({ bytes }) => bytes))).toBeLessThanOrEqual(BATCH_BYTES);
    // Five of the long ones in each; the short ones follow in the rest of the third.
    expect(batches.map(({ events }) => Math.min(events, 6))).toEqual([5, 5, 6]);
    expect(await path.stored()).toHaveLength(bodies.length);
    await path.close();
  });

  it.each(PACKED)("shares its message with others, of 50 at most: %s", async (_, bodies, messages) => {
    const path = await openPath(services(), { pipeline: thin, producer: { eventsPerMessage: 50 } });

    await publish(path, bodies);
    await path.run();

    expect(path.hub.counts.events).toBe(messages);
    expect(await path.stored()).toHaveLength(bodies.length);
    await path.close();
  });

  it("comes with as many others as the host takes at once: a hundred of the longest are one invocation and one blob", async () => {
    const lengths: number[] = [];
    const path = await openPath(services(), {
      pipeline: thin,
      around: async ({ messages }, run) => {
        lengths.push(messages.length);
        await run();
      },
    });
    const bodies = Array.from({ length: 101 }, (_, number) => eventOf(MOST, number));

    await publish(path, bodies);
    await path.run();

    expect(lengths).toEqual([100, 1]);
    expect(await path.stored()).toHaveLength(101);
    expect(await path.letters()).toEqual([]);
    expect((await services().services.storage.blobs(path.urls.archive.split("/").at(-1)!)).length).toBe(2);
    await path.close();
  });
});

describe("a message of another producer", () => {
  it("may fill a whole batch of 1 MiB, and becomes rows or a letter", async () => {
    const path = await openPath(services(), { pipeline: thin });
    const { eventHubs } = services().services;
    const client = new EventHubProducerClient(eventHubs.connectionString, path.hub.name);
    const longest = await longestOf(client);
    const bare = Buffer.byteLength(encodeEnvelope(["", ""], 0));
    const half = (longest - bare) >> 1;
    const bodies = [
      Buffer.from(eventOf(longest, 1)),
      Buffer.from(encodeEnvelope([eventOf(half, 2), eventOf(half, 3)], 0)),
      Buffer.concat([Buffer.alloc(longest - RAW.length, 0x61), RAW]),
    ];

    for (const body of bodies) await client.sendBatch([{ body }]);
    await path.run();

    expect(longest).toBeGreaterThan(BATCH_BYTES - KIB);
    expect(await idsOf(path)).toEqual(["e1", "e2", "e3"]);
    expect(bodiesOf(await path.letters())).toEqual([bodies[2]!.toString("latin1")]);
    await client.close();
    await path.close();
  });

  it("is never longer than what a dead letter holds, whatever the tier: 1 MiB of Standard is a tenth of it", () => {
    expect(DEAD_LETTERS.maxEventBytes).toBeGreaterThanOrEqual(10 * BATCH_BYTES);
  });
});

describe("a hub of the Basic tier, which takes 256 KiB", () => {
  it("fails the events that it cannot hold, alone, and has all others in order", async () => {
    const eventHubs = await openEventHubs({ maxMessageBytes: 256 * KIB });
    const hub = eventHubs.createHub({ name: "basic", partitions: 1 });
    const ingest = azureIngest({ hub: `sb://${eventHubs.endpoint}/basic` });
    const bodies = [200, 300 * KIB, 200 * KIB, 100 * KIB, 256 * KIB, 200].map((bytes, i) => eventOf(bytes, i));

    const report = await ingest.publish({ keys: bodies.map(() => "k"), bodies });

    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "oversize"],
      [4, "oversize"],
    ]);
    expect(hub.read("0", 0, 10).map(({ body }) => JSON.parse(body.toString()).id)).toEqual(["e0", "e2", "e3", "e5"]);
    await ingest.close();
    await eventHubs.close();
  });
});

function publish({ ingest }: AzurePath, bodies: readonly (string | Uint8Array)[]) {
  return ingest.publish({ keys: bodies.map(() => "k"), bodies });
}

/** What the SDK lets into a batch with nothing else in it. */
async function longestOf(client: EventHubProducerClient): Promise<number> {
  const fits = async (bytes: number) => (await client.createBatch()).tryAdd({ body: Buffer.alloc(bytes) });
  let [fitting, tooLong] = [BATCH_BYTES - KIB, BATCH_BYTES];
  while (tooLong - fitting > 1) {
    const middle = (fitting + tooLong) >> 1;
    if (await fits(middle)) fitting = middle;
    else tooLong = middle;
  }
  return fitting;
}
