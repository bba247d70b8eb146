import { describe, expect, it, jest } from "@jest/globals";
import type { Infer } from "sluice";
import { partitionOfKey } from "../../../../emulators/azure/event-hubs";
import { failing } from "../../../../emulators/azure/faults";
import { createHandler } from "../../../../functions/azure/compose";
import { readSettings } from "../../../../functions/azure/settings";
import { type AzurePath, openPath } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { openAzureStub, stubCredentials } from "../../../support/azure-stub";
import { publishEvents } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { fastClock } from "../../../support/fast-clock";
import { heapUsed } from "../../../support/heap";
import { memoryInfer } from "../../../support/memory";
import { orderlessTests } from "../../../support/orderless";
import { event, json, quietPipeline } from "../../../support/records";
import { until } from "../../../support/until";

const SPEED = 20;
const POISON = "{";
const PARTITIONS = 2;
const PATIENT = { SLUICE_RETRIES: "10000" };

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

describe("faults of delivery, from the producer to the container", () => {
  orderlessTests({
    open: () => openPath(services(), { clock: fastClock(SPEED) }),
    openTwice: () =>
      openPath(services(), {
        ...{ partitions: PARTITIONS, clock: fastClock(SPEED) },
        around: async (_, run) => void (await Promise.all([run(), run()])),
      }),
    openLatest: () => openPath(services(), { clock: fastClock(SPEED), variables: { SLUICE_LATEST: "1" } }),
    taken: ({ hub }) => hub.counts.events,
    latest: async (path, keys) => keys.map((key) => latestOf(path, key)),
  });

  it("F14 deadline near: the function stops before it, what is done is done, the rest comes again", async () => {
    const clock = fastClock(10);
    const timeoutMs = 10_000;
    const infer = memoryInfer({ capabilities: { maxRows: 5 } });
    const answers: { leftMs: number; isDone: boolean }[] = [];
    const scored: number[] = [];
    const slow: Infer = {
      ...infer,
      infer: async (features, options) => {
        scored.push(features.rows);
        await clock.sleep(1_500, options?.signal);
        return infer.infer(features);
      },
    };
    const path = await openPath(services(), {
      ...{ clock, infer: slow },
      variables: { ...PATIENT, SLUICE_TIMEOUT_SECONDS: String(timeoutMs / 1_000) },
      around: async (_, run) => {
        const deadline = clock.now() + timeoutMs;
        const note = (isDone: boolean) => answers.push({ leftMs: deadline - clock.now(), isDone });
        await run().then(
          () => note(true),
          (thrown) => {
            note(false);
            throw thrown;
          },
        );
      },
    });
    const events = Array.from({ length: 40 }, (_, number) => event(number));
    await publishEvents(path, events);

    await path.run();

    expect(answers.length).toBeGreaterThan(1);
    expect(answers.map(({ isDone }) => isDone)).toEqual(answers.map((_, i) => i === answers.length - 1));
    for (const { leftMs } of answers) expect(leftMs).toBeGreaterThan(0);
    // At each end at most one call was under way, whose rows are scored again.
    expect(scored.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(events.length + 5 * answers.length);
    expect(await path.stored()).toHaveLength(events.length);
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("F17 one hot key: its partition waits, and the others go on", async () => {
    const path = await openPath(services(), {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED), variables: PATIENT },
    });
    const events = Array.from({ length: 200 }, (_, number) => event(number, { key: `key-${number % 20}` }));
    const hot = failing("throttled");
    services().faults.cosmos.set((request) =>
      request.headers["x-ms-documentdb-partitionkey"] === '["key-0"]' ? hot(request) : undefined,
    );
    await publishEvents(path, events);
    await path.start();

    const partitionOf = (key: string) => partitionOfKey(key, PARTITIONS);
    const free = events.filter(({ key }) => partitionOf(key) !== partitionOf("key-0"));
    const isPassed = () => path.host.checkpoints()[String(1 - partitionOf("key-0"))] === free.length - 1;
    await until(() => path.host.stats.retries > 2 && isPassed());
    const during = await path.stored();
    services().faults.cosmos.set(undefined);
    await path.run();

    const ids = new Set(during.map(({ id }) => id));
    expect(free.length).toBeGreaterThan(0);
    expect(free.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(during.filter(({ key }) => key === "key-0")).toEqual([]);
    expect(await path.stored()).toHaveLength(events.length);
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("F18 backlog: a function that is stuck is handed one batch per partition, and the rest waits", async () => {
    const stuck = Promise.withResolvers<void>();
    const handed: number[] = [];
    const path = await openPath(services(), {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED) },
      around: async ({ messages }, run) => {
        handed.push(messages.length);
        await stuck.promise;
        await run();
      },
    });
    const events = Array.from({ length: 1_000 }, (_, number) => event(number, { key: `key-${number}` }));
    await publishEvents(path, events);
    await path.start();

    await until(() => handed.length === PARTITIONS);
    const whileStuck = [...handed];
    const passed = path.host.checkpoints();
    stuck.resolve();
    await path.run();

    expect(whileStuck).toEqual([100, 100]);
    expect(passed).toEqual({});
    expect(Math.max(...handed)).toBe(100);
    expect(await path.stored()).toHaveLength(events.length);
    await path.close();
  });

  it("F18 backlog: the function keeps nothing of a batch that is done", async () => {
    const stub = await openAzureStub(() => ({ status: 201, body: "" }));
    const handler = await createHandler({
      ...{ pipeline: quietPipeline, infer: memoryInfer(), maxInFlight: 1 },
      settings: readSettings(
        { SLUICE_HUB: "hub", SLUICE_CONTAINER: `${stub.endpoint}/dbs/d/colls/c`, SLUICE_DEAD_LETTERS: stub.endpoint },
        "in-process",
      ),
      store: {
        capabilities: { idempotency: "overwrite", reportsDuplicates: false, query: false },
        write: async () => ({ duplicates: [], failures: [] }),
        read: async () => undefined,
        close: async () => {},
      },
      credentials: stubCredentials(),
      telemetry: () => {},
    });
    const work = async (from: number, to: number) => {
      for (let batch = from; batch < to; batch++) {
        const bodies = Array.from({ length: 100 }, (_, i) => json(event(batch * 100 + i, { note: "n".repeat(5_000) })));
        await handler(
          [...bodies, POISON].map((body) => Buffer.from(body)),
          contextOf(batch * 101, 101),
        );
      }
    };
    await work(0, 10);
    const before = heapUsed();

    await work(10, 60);

    expect(heapUsed() - before).toBeLessThan(5e6);
    await stub.close();
  });

  it("F19 an instance that is stopped in the middle of a batch, and the next: nothing is lost, nothing is a dead letter", async () => {
    const path = await openPath(services(), {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED), variables: PATIENT },
      eventHubs: { maxEventBatchSize: 10 },
    });
    const events = Array.from({ length: 300 }, (_, number) => event(number, { key: `key-${number % 20}` }));
    await publishEvents(path, events);
    await path.start();

    for (let stops = 1; stops <= 5; stops++) {
      await until(() => path.host.stats.invocations >= stops * 4 || path.host.stats.invocations >= 30);
      await path.host.stop();
      await path.host.start();
    }
    await path.run();

    expect(await path.stored()).toHaveLength(events.length);
    expect(await path.letters()).toEqual([]);
    expect(path.host.stats.lost).toBe(0);
    await path.close();
  });
});

/** What the host says of a batch with such sequence numbers. */
function contextOf(first: number, count: number) {
  return {
    triggerMetadata: {
      partitionContext: { partitionId: "0", eventHubName: "hub", consumerGroup: "sluice" },
      sequenceNumberArray: Array.from({ length: count }, (_, i) => first + i),
      enqueuedTimeUtcArray: Array.from({ length: count }, () => new Date().toISOString()),
    },
  };
}

/** Id of the event in a key's document of its latest state. */
function latestOf({ urls }: AzurePath, key: string): unknown {
  const [, database, , container] = new URL(urls.container).pathname.split("/").slice(1);
  const documents = services().services.cosmos.documents(`${database}/${container}`);
  return documents.find((document) => document.id === "~latest" && document["key"] === key)?.["eventId"];
}
