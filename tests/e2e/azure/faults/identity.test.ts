import { afterEach, describe, expect, it, jest } from "@jest/globals";
import type { Clock } from "sluice";
import { failing } from "../../../../emulators/azure/faults";
import type { Rule } from "../../../../emulators/http-faults";
import { openPath } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { duringTests } from "../../../support/during-tests";
import { AMOUNT, EVERYTHING, effectsOf, SIZE } from "../../../support/effects";
import { fastClock } from "../../../support/fast-clock";
import { event, json } from "../../../support/records";
import { first, replying } from "../../../support/rules";
import { until } from "../../../support/until";
import { openPatient, publish, SPEED } from "./patient";

const HOUR_MS = 3_600_000;
/** Cosmos DB, Storage and Event Grid. */
const RESOURCES = 3;

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

afterEach(() => {
  services().faults.identity.set(undefined);
});

describe("F15 the managed identity, whose tokens everything else needs", () => {
  it.each<[string, Rule]>([
    ["throttles", failing("throttled")],
    ["has an internal error", failing("internal")],
    ["is not there", failing("unavailable")],
    ["does not know the identity yet", replying({ status: 400, body: { message: "No managed identity was found." } })],
    ["breaks the connection", replying("reset")],
    ["answers with something else", replying({ status: 200, body: "<html></html>" })],
  ])("it %s: the batch comes again until there is a token, and nothing is a dead letter for it", async (_, rule) => {
    const path = await openPatient(services());
    services().faults.identity.set(first(12, rule));
    await publish(path);

    await path.run();

    expect(services().faults.identity.requests.pass).toBeGreaterThan(0);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    expect(path.host.stats.lost).toBe(0);
    await path.close();
  });

  it("it never answers: the function answers before its deadline, and goes on once there is a token", async () => {
    const clock = fastClock(4);
    const timeoutMs = 10_000;
    const lefts: number[] = [];
    const path = await openPatient(services(), {
      clock,
      variables: { SLUICE_TIMEOUT_SECONDS: String(timeoutMs / 1_000) },
      around: async (_, run) => {
        const deadline = clock.now() + timeoutMs;
        await run().finally(() => lefts.push(deadline - clock.now()));
      },
    });
    services().faults.identity.set(replying("hang"));
    await publish(path);

    await path.start();
    await until(() => lefts.length >= 2);
    services().faults.identity.set(undefined);
    await path.run();

    for (const leftMs of lefts) expect(leftMs).toBeGreaterThan(0);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it("it is asked once for each resource, however many calls wait for its answer", async () => {
    const path = await openPatient(services(), { partitions: 4 });
    const before = services().services.identity.requests.token;
    await publish(path);

    await path.run();

    expect(services().services.identity.requests.token - before).toBeLessThanOrEqual(RESOURCES);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it("tokens that are revoked while they are in use: new ones are fetched at the first refusal, without a dead letter", async () => {
    const path = await openPatient(services());
    await publish(path);
    await path.run();

    services().services.identity.revoke();
    const before = services().services.identity.requests.token;
    await path.ingest.publish({ keys: ["k"], bodies: [json(event(SIZE, { amount: AMOUNT }))] });
    await path.run();

    expect((await path.stored()).map(({ id }) => id)).toContain(`e${SIZE}`);
    expect((await path.letters()).map(({ code }) => code)).toEqual(["json"]);
    expect(services().services.identity.requests.token - before).toBeLessThanOrEqual(2 * RESOURCES);
    await path.close();
  });

  it("tokens that near their end are renewed before it: no service ever sees an expired one", async () => {
    const clock = movable();
    const own = await openAzureServices({ clock });
    const path = await openPath(own, { clock, variables: { SLUICE_RETRIES: "0" } });
    const before = own.services.identity.requests.token;

    for (let hours = 0; hours < 72; hours += 12) {
      await path.ingest.publish({ keys: ["k"], bodies: [json(event(hours, { amount: AMOUNT }))] });
      await path.run();
      clock.move(12 * HOUR_MS);
    }

    expect(await path.letters()).toEqual([]);
    expect(path.actions()).toHaveLength(6);
    expect(own.services.identity.requests.token - before).toBeGreaterThan(RESOURCES);
    await path.close();
    await own.close();
    Object.assign(process.env, services().environment);
  });

  it.each([-HOUR_MS, HOUR_MS, 25 * HOUR_MS])(
    "F12 a function whose clock is wrong by %d ms has its tokens all the same, and stores everything",
    async (skewMs) => {
      const clock = fastClock(SPEED);
      const path = await openPatient(services(), { clock: { ...clock, now: () => clock.now() + skewMs } });
      await publish(path);

      await path.run();

      expect(await effectsOf(path)).toEqual(EVERYTHING);
      await path.close();
    },
  );

  it("a token for another resource is of no use, and a call without one is refused: the emulators mean it", async () => {
    const path = await openPatient(services());
    const { identity } = services().services;
    const url = `${path.urls.deadLetters}?restype=container&comp=list`;
    const ask = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    const version = { "x-ms-version": "2021-12-02" };

    const statuses = [
      await ask(version),
      await ask({ ...version, authorization: `Bearer ${identity.token("https://cosmos.azure.com")}` }),
      await ask({ ...version, authorization: `Bearer ${identity.token("https://storage.azure.com/")}` }),
    ];

    expect(statuses).toEqual([401, 401, 200]);
    await path.close();
  });
});

/** Real time, and jumps. */
function movable(): Clock & { move(ms: number): void } {
  const clock = fastClock(1);
  let moved = 0;
  return {
    ...clock,
    now: () => clock.now() + moved,
    move: (ms) => {
      moved += ms;
    },
  };
}
