import { describe, expect, it, jest } from "@jest/globals";
import type { Infer } from "sluice";
import { openFunctionsHost } from "../../../emulators/azure/functions-host";
import { type AzurePath, openPath } from "../../support/azure/path";
import { openAzureServices } from "../../support/azure/services";
import { duringTests } from "../../support/during-tests";
import { fastClock } from "../../support/fast-clock";
import { memoryInfer } from "../../support/memory";
import { event, json } from "../../support/records";
import { until } from "../../support/until";

const SPEED = 20;
const SIZE = 20;
const RETRIES = 3;
const DOWN = { code: "unavailable", partial: false } as const;
const THROTTLED = { code: "throttled", partial: false } as const;

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

describe("a store that fails through every retry", () => {
  it.each([DOWN, THROTTLED])(
    "($code): each event is a dead letter after the last attempt, and none is lost",
    async (fault) => {
      const path = await openDeployed();
      const heal = services().inject(fault, "cosmos");

      await publish(path);
      await path.run();
      await heal();

      const letters = await path.letters();
      expect(letters.map(({ code, attempts }) => [code, attempts])).toEqual(
        Array.from({ length: SIZE }, () => [fault.code, RETRIES + 1]),
      );
      expect(letters.map(textOf).sort()).toEqual(bodies().sort());
      expect(await path.stored()).toEqual([]);
      expect(path.host.stats).toMatchObject({ invocations: RETRIES + 1, lost: 0 });
      await path.close();
    },
  );

  it("and no dead-letter store either: the batch waits for as long as it takes, and is whole afterwards", async () => {
    const path = await openDeployed();
    const heal = [services().inject(DOWN, "cosmos"), services().inject(DOWN, "blob", "queue")];

    await publish(path);
    await path.start();
    await until(() => path.host.stats.invocations > 3 * RETRIES);
    const checkpoints = path.host.checkpoints();
    for (const one of heal) await one();
    await path.run();

    expect(checkpoints).toEqual({});
    expect(await accountedFor(path)).toEqual(bodies().sort());
    expect(path.host.stats.lost).toBe(0);
    await path.close();
  });

  it("is what a finite retry policy of the host loses: the checkpoint passes what nobody has", async () => {
    const hub = services().services.eventHubs.createHub({ name: "naive", partitions: 1 });
    hub.append(bodies().map((body) => ({ body })));
    const host = await openFunctionsHost({
      hub,
      worker: {
        registration: {
          ...{ dataType: "binary", cardinality: "many" },
          retry: { strategy: "fixedDelay", delaySeconds: 0, maxRetryCount: RETRIES },
        },
        start: () => () => Promise.reject(new Error("The store is down.")),
      },
    });

    await host.drained();

    expect(host.stats).toMatchObject({ invocations: RETRIES + 1, lost: SIZE });
    await host.close();
  });
});

describe("a store that fails for a while", () => {
  it("throttling: nothing is dead-lettered before the last attempt, and all is stored once it has passed", async () => {
    const path = await openDeployed();
    const heal = services().inject(THROTTLED, "cosmos");

    await publish(path);
    await path.start();
    await until(() => path.host.stats.invocations >= RETRIES);
    await heal();
    await path.run();

    expect(await path.letters()).toEqual([]);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(ids());
    expect(path.host.stats.lost).toBe(0);
    await path.close();
  });

  it("an event that can never succeed is a dead letter at its first attempt, while the others wait", async () => {
    const path = await openDeployed();
    const heal = services().inject(DOWN, "cosmos");

    await path.ingest.publish({ keys: ["k", "k"], bodies: ["{broken", json(event(1))] });
    await path.start();
    await until(async () => (await path.letters()).length === 1);
    const [letter] = await path.letters();
    await heal();
    await path.run();

    expect(letter).toMatchObject({ code: "json", attempts: 1 });
    expect((await path.stored()).map(({ id }) => id)).toEqual(["e1"]);
    expect(await path.letters()).toHaveLength(1);
    await path.close();
  });

  it("an instance that is killed between retries: another has the batch from its beginning, and nothing is lost", async () => {
    const path = await openDeployed({ instances: 2 });
    const heal = services().inject(DOWN, "cosmos");

    await publish(path);
    await path.start();
    for (let kills = 1; kills <= 4; kills++) {
      const { invocations } = path.host.stats;
      await until(() => path.host.stats.invocations >= invocations + 2);
      path.host.kill(path.host.instances().findIndex(({ partitions }) => partitions.length > 0));
    }
    await heal();
    await path.run();

    expect(await accountedFor(path)).toEqual(bodies().sort());
    expect(path.host.stats.lost).toBe(0);
    await path.close();
  });

  it("what was done before the failure is not scored again", async () => {
    const scored: number[] = [];
    const path = await openDeployed({ infer: counting(scored) });
    const heal = services().inject({ code: "throttled", partial: true }, "cosmos");

    await publish(path, (number) => `k${number % 5}`);
    await path.start();
    await until(() => path.host.stats.retries >= 1);
    await heal();
    await path.run();

    const rows = scored.reduce((sum, count) => sum + count, 0);
    expect(rows).toBeGreaterThanOrEqual(SIZE);
    expect(scored.slice(1).every((count) => count < SIZE)).toBe(true);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(ids());
    await path.close();
  });
});

describe("the archive", () => {
  it("has every event before it is acknowledged: while it is down the batch comes again", async () => {
    const path = await openDeployed();
    const heal = services().inject(DOWN, "blob");

    await publish(path);
    await path.start();
    await until(() => path.host.stats.invocations >= 2);
    const checkpoints = path.host.checkpoints();
    await heal();
    await path.run();

    expect(checkpoints).toEqual({});
    expect((await path.archived()).sort()).toEqual(bodies().sort());
    expect(await accountedFor(path)).toEqual(bodies().sort());
    await path.close();
  });
});

function openDeployed(more: { instances?: number; infer?: Infer } = {}): Promise<AzurePath> {
  return openPath(services(), { clock: fastClock(SPEED), variables: { SLUICE_RETRIES: String(RETRIES) }, ...more });
}

async function publish({ ingest }: AzurePath, keyOf: (number: number) => string = () => "k"): Promise<void> {
  const { failures } = await ingest.publish({ keys: ids().map((_, number) => keyOf(number)), bodies: bodies(keyOf) });
  expect(failures).toEqual([]);
}

function bodies(keyOf: (number: number) => string = () => "k"): string[] {
  return Array.from({ length: SIZE }, (_, number) => json(event(number, { key: keyOf(number), amount: 1 })));
}

function ids(): string[] {
  return Array.from({ length: SIZE }, (_, number) => `e${number}`).sort();
}

/** The events that are stored or dead-lettered, as they were sent. */
async function accountedFor(path: AzurePath): Promise<string[]> {
  const stored = new Set((await path.stored()).map(({ id }) => id));
  const dead = (await path.letters()).map(textOf);
  return [...new Set([...bodies().filter((body) => stored.has(JSON.parse(body).id)), ...dead])].sort();
}

function textOf({ body }: { body: Uint8Array }): string {
  return Buffer.from(body).toString();
}

/** The model in memory, which notes how many rows it was asked for. */
function counting(scored: number[]): Infer {
  const infer = memoryInfer();
  return {
    ...infer,
    infer: (features, options) => {
      scored.push(features.rows);
      return infer.infer(features, options);
    },
  };
}
