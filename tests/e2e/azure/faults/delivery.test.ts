import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Infer, seededRandom } from "sluice";
import { partitionOfKey } from "../../../../emulators/azure/event-hubs";
import { failing } from "../../../../emulators/azure/faults";
import { createHandler } from "../../../../functions/azure/compose";
import { readSettings } from "../../../../functions/azure/settings";
import { type AzurePath, openPath } from "../../../support/azure/path";
import { type AzureServices, openAzureServices } from "../../../support/azure/services";
import { openAzureStub, stubCredentials } from "../../../support/azure-stub";
import { fastClock } from "../../../support/fast-clock";
import { memoryInfer } from "../../../support/memory";
import { event, json, quietPipeline, type TestEvent } from "../../../support/records";
import { until } from "../../../support/until";

const SPEED = 20;
/** Enough for an action. */
const AMOUNT = 23;
const POISON = "{";
const PARTITIONS = 2;
const PATIENT = { SLUICE_RETRIES: "10000" };

let services: AzureServices;

jest.setTimeout(60_000);

beforeAll(async () => {
  services = await openAzureServices();
});

afterAll(async () => {
  await services.close();
});

describe("faults of delivery, from the producer to the container", () => {
  it("F07 duplicates: published three times in any order and handed over twice at once, each event has one row and one action", async () => {
    const random = seededRandom(7);
    const once = await openPath(services, { clock: fastClock(SPEED) });
    const often = await openPath(services, {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED) },
      around: async (_, run) => void (await Promise.all([run(), run()])),
    });
    const events = Array.from({ length: 20 }, (_, number) => event(number, { amount: AMOUNT }));

    await publish(once, events);
    await once.run();
    await publish(often, shuffled([...events, ...events, ...events], random));
    await often.run();

    expect(await rowsOf(often)).toEqual(await rowsOf(once));
    expect([...new Set(often.actions().map(({ id }) => id))].sort()).toEqual(
      once
        .actions()
        .map(({ id }) => id)
        .sort(),
    );
    expect(often.hub.counts.events).toBe(60);
    for (const path of [once, often]) await path.close();
  });

  it("F08 out of order, and old events again: the same rows, and each key's latest state is that of its newest event", async () => {
    const path = await openPath(services, { clock: fastClock(SPEED), variables: { SLUICE_LATEST: "1" } });
    const orders = permutations([0, 1, 2, 3]);
    const histories = orders.map((order, i) => order.map((number) => event(number, { key: `history-${i}` })));
    await publish(path, histories.flat());
    await path.run();
    await publish(
      path,
      histories.flatMap((history) => history.filter(({ id }) => id !== "e3")),
    );
    await path.run();

    const documents = services.services.cosmos.documents(containerOf(path));
    const latest = documents.filter(({ id }) => id === "~latest");
    const rows = await path.stored();

    expect(latest.map((document) => document["eventId"])).toEqual(histories.map(() => "e3"));
    expect(new Set(latest.map((document) => document["key"])).size).toBe(histories.length);
    expect(rows).toHaveLength(histories.length * 4);
    await path.close();
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
    const path = await openPath(services, {
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
    await publish(path, events);

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
    const path = await openPath(services, {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED), variables: PATIENT },
    });
    const events = Array.from({ length: 200 }, (_, number) => event(number, { key: `key-${number % 20}` }));
    const hot = failing("throttled");
    services.faults.cosmos.set((request) =>
      request.headers["x-ms-documentdb-partitionkey"] === '["key-0"]' ? hot(request) : undefined,
    );
    await publish(path, events);
    await path.start();

    const partitionOf = (key: string) => partitionOfKey(key, PARTITIONS);
    const free = events.filter(({ key }) => partitionOf(key) !== partitionOf("key-0"));
    const isPassed = () => path.host.checkpoints()[String(1 - partitionOf("key-0"))] === free.length - 1;
    await until(() => path.host.stats.retries > 2 && isPassed());
    const during = await path.stored();
    services.faults.cosmos.set(undefined);
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
    const path = await openPath(services, {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED) },
      around: async ({ messages }, run) => {
        handed.push(messages.length);
        await stuck.promise;
        await run();
      },
    });
    const events = Array.from({ length: 1_000 }, (_, number) => event(number, { key: `key-${number}` }));
    await publish(path, events);
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
    const path = await openPath(services, {
      ...{ partitions: PARTITIONS, clock: fastClock(SPEED), variables: PATIENT },
      eventHubs: { maxEventBatchSize: 10 },
    });
    const events = Array.from({ length: 300 }, (_, number) => event(number, { key: `key-${number % 20}` }));
    await publish(path, events);
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

async function publish({ ingest }: AzurePath, events: readonly TestEvent[]): Promise<void> {
  const { failures } = await ingest.publish({ keys: events.map(({ key }) => key), bodies: events.map(json) });
  if (failures[0]) throw failures[0].error;
}

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

/** As the emulator knows it. */
function containerOf({ urls }: AzurePath): string {
  const [, database, , container] = new URL(urls.container).pathname.split("/").slice(1);
  return `${database}/${container}`;
}

/** Of what is still in use. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

async function rowsOf(path: AzurePath) {
  const rows = await path.stored();
  return rows.map(({ storedAt, ...row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
