import { describe, expect, it, jest } from "@jest/globals";
import { type AwsError, failing, partial } from "../../../../emulators/aws/faults";
import { openPath } from "../../../support/aws/path";
import { openAwsServices, type ServiceName } from "../../../support/aws/services";
import { duringTests } from "../../../support/during-tests";
import { EVERYTHING, effectsOf, IDS, POISON, publishBodies, SIZE } from "../../../support/effects";
import { fastClock } from "../../../support/fast-clock";
import { first } from "../../../support/rules";
import { until } from "../../../support/until";

const SPEED = 50;
/** By service: enough that the SDK's own second attempt does not get past them. */
const REFUSALS = 4;
const FOR_EVER = { maximumRetryAttempts: -1 };

/** What a function calls besides its model. */
const CALLED: readonly ServiceName[] = ["dynamodb", "s3", "eventbridge"];

const services = duringTests(openAwsServices);

jest.setTimeout(30_000);

describe("faults of the services that the function calls", () => {
  it.each<[string, AwsError]>([
    ["F04 throttling", "throttled"],
    ["F15 expired credentials", "expired"],
  ])(
    "%s by table, bucket and bus: tried again until it ends, and never a reason for a dead letter",
    async (_, error) => {
      const path = await openPath(services(), { clock: fastClock(SPEED), settings: FOR_EVER });
      const refusedBefore = CALLED.map((service) => services().faults[service].requests.reply);
      for (const service of CALLED) services().faults[service].set(first(REFUSALS, failing(error)));
      await publishBodies(path);

      await path.run();

      const refused = CALLED.map((service, i) => services().faults[service].requests.reply - refusedBefore[i]!);
      expect(refused).toEqual(CALLED.map(() => REFUSALS));
      expect(await effectsOf(path)).toEqual(EVERYTHING);
      await path.close();
    },
  );

  it("F04 a table that takes three items of each request: the rest goes again, by itself, until all is there", async () => {
    const written: string[] = [];
    const path = await openPath(services(), { clock: fastClock(SPEED), settings: FOR_EVER });
    services().faults.dynamodb.set(
      partial((entry, position) => {
        if (position >= 3) return true;
        written.push(idOf(entry));
        return false;
      }),
    );
    await publishBodies(path);

    await path.run();
    services().faults.dynamodb.set(undefined);

    expect(await effectsOf(path)).toEqual(EVERYTHING);
    expect(written.sort()).toEqual(IDS);
    await path.close();
  });

  it("F06 partial store failure: only what failed is written again, and nothing is acknowledged before it is there", async () => {
    const written = new Map<string, number>();
    const path = await openPath(services(), { clock: fastClock(SPEED), settings: FOR_EVER });
    services().faults.dynamodb.set(
      partial((entry) => {
        const id = idOf(entry);
        const times = (written.get(id) ?? 0) + 1;
        written.set(id, times);
        return times === 1 && Number(id.slice(1)) % 2 === 1;
      }),
    );
    await publishBodies(path);

    await path.run();
    services().faults.dynamodb.set(undefined);

    expect(await effectsOf(path)).toEqual(EVERYTHING);
    for (const [id, times] of written) expect([id, times]).toEqual([id, 1 + (Number(id.slice(1)) % 2)]);
    await path.close();
  });

  it("F11 bucket of dead letters down: the poisoned event is not acknowledged, and its letter is there once it is up", async () => {
    const path = await openPath(services(), {
      clock: fastClock(SPEED),
      settings: { ...FOR_EVER, parallelizationFactor: 1 },
    });
    services().faults.s3.set(failing("unavailable"));
    await publishBodies(path);

    const running = path.run();
    await until(() => path.mapping.stats.partialFailures > 12);
    const { processed } = path.mapping.stats;
    const stored = await path.stored();
    services().faults.s3.set(undefined);
    await running;

    expect([processed, stored.length]).toEqual([SIZE, SIZE]);
    expect(path.mapping.stats).toMatchObject({ processed: SIZE + 1, discarded: 0 });
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it("F11 bucket down for longer than the retries: the mapping waits with what it gives up until that can be written", async () => {
    const path = await openPath(services(), {
      clock: fastClock(SPEED),
      settings: { maximumRetryAttempts: 1, parallelizationFactor: 1 },
    });
    services().faults.s3.set(failing("unavailable"));
    await publishBodies(path);

    const running = path.run();
    await until(() => path.mapping.stats.letterErrors >= 3);
    const { discarded, letters } = path.mapping.stats;
    services().faults.s3.set(undefined);
    await running;

    expect([discarded, letters]).toEqual([0, 0]);
    expect(path.mapping.stats).toMatchObject({ discarded: 1, letters: 1 });
    expect(await path.letters()).toMatchObject([{ code: "internal", body: Buffer.from(POISON) }]);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    await path.close();
  });

  it("an outage that outlasts the mapping's retries loses nothing: what is given up is in the bucket, and comes back", async () => {
    const path = await openPath(services(), { clock: fastClock(SPEED), settings: { maximumRetryAttempts: 2 } });
    services().faults.dynamodb.set(failing("unavailable"));
    await publishBodies(path);

    await path.run();
    services().faults.dynamodb.set(undefined);
    const letters = await path.letters();
    const given = letters.filter(({ code }) => code === "internal");
    await path.ingest.publish({ keys: given.map(({ key }) => key ?? ""), bodies: given.map(({ body }) => body) });
    await path.deadLetters.take(given.map(({ id }) => id));
    await path.run();

    expect(given.map(({ body }) => JSON.parse(Buffer.from(body).toString()).id).sort()).toEqual(IDS);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });
});

/** Of an item in a BatchWriteItem. */
function idOf(entry: unknown): string {
  return (entry as { PutRequest: { Item: { sk: { S: string } } } }).PutRequest.Item.sk.S;
}
