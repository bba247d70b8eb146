import { describe, expect, it, jest } from "@jest/globals";
import { type AzureError, failing, partial } from "../../../../emulators/azure/faults";
import type { Rule } from "../../../../emulators/http-faults";
import { openAzureServices, type ServiceName } from "../../../support/azure/services";
import { cosmosFailure, storageFailure } from "../../../support/azure-stub";
import { duringTests } from "../../../support/during-tests";
import { BODIES, EVERYTHING, effectsOf, IDS, SIZE } from "../../../support/effects";
import { fastClock } from "../../../support/fast-clock";
import { event, json } from "../../../support/records";
import { first, replying } from "../../../support/rules";
import { until } from "../../../support/until";
import { openPatient, publish, SPEED } from "./patient";

/** By service: enough that the adapters' own attempts do not get past them. */
const REFUSALS = 4;

/** What a function calls besides its model. */
const CALLED: readonly ServiceName[] = ["cosmos", "blob", "queue", "eventGrid"];

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

describe("faults of the services that the function calls", () => {
  it.each<[string, AzureError]>([
    ["F04 throttling", "throttled"],
    ["F15 an expired token", "expired"],
    ["F21 a role that is not there yet", "denied"],
    ["an outage", "unavailable"],
    ["an internal error", "internal"],
    ["a timeout", "timeout"],
  ])(
    "%s, by container, blobs, queue and topic: tried again until it ends, and never a reason for a dead letter",
    async (_, error) => {
      const path = await openPatient(services());
      const before = CALLED.map((service) => services().faults[service].requests.reply);
      for (const service of CALLED) services().faults[service].set(first(REFUSALS, failing(error)));
      await publish(path);

      await path.run();

      const refused = CALLED.map((service, i) => services().faults[service].requests.reply - before[i]!);
      expect(refused).toEqual(CALLED.map(() => REFUSALS));
      expect(await effectsOf(path)).toEqual(EVERYTHING);
      expect(path.host.stats.lost).toBe(0);
      await path.close();
    },
  );

  it.each<[string, Rule]>([
    ["429, which says when to come again", replying(throttled(50))],
    ["449, two writes at once", replying(cosmosFailure(449, "RetryWith"))],
    ["410, a partition that moves", replying(cosmosFailure(410, "Gone", { substatus: 1002 }))],
    ["403, another region that takes writes", replying(cosmosFailure(403, "Forbidden", { substatus: 3 }))],
    [
      "404, a session that this replica does not know yet",
      replying(cosmosFailure(404, "NotFound", { substatus: 1002 })),
    ],
    ["503 without a word", replying({ status: 503 })],
    ["an answer that is lost", () => ({ kind: "lose" })],
    ["a connection that breaks", replying("reset")],
  ])("F06 Cosmos DB, %s: the same documents as without it, each once, and no dead letter", async (_, rule) => {
    const path = await openPatient(services());
    services().faults.cosmos.set(first(REFUSALS, rule));
    await publish(path);

    await path.run();

    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it("F04 what Cosmos DB says about when to come again is heeded", async () => {
    const clock = fastClock(SPEED);
    const asked: number[] = [];
    const path = await openPatient(services(), { clock });
    const wait = replying(throttled(2_000));
    services().faults.cosmos.set((request) => {
      asked.push(clock.monotonic());
      return asked.length === 1 ? wait(request) : undefined;
    });
    await path.ingest.publish({ keys: ["k"], bodies: [json(event(1))] });

    await path.run();

    expect(asked).toHaveLength(2);
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(2_000);
    await path.close();
  });

  it("F06 a document of a batch that can pass later: the batch is written again as a whole, and nothing before is acknowledged", async () => {
    const refused = new Set<string>();
    const path = await openPatient(services());
    services().faults.cosmos.set(
      partial((document) => {
        const { eventId } = document as { eventId: string };
        if (Number(eventId.slice(1)) % 5 !== 0 || refused.has(eventId)) return false;
        refused.add(eventId);
        return true;
      }),
    );
    await publish(path);

    await path.run();

    expect(refused.size).toBe(SIZE / 5);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it("F06 a document that can never be written: its event alone is a dead letter, the others of its batch are stored", async () => {
    const path = await openPatient(services());
    services().faults.cosmos.set(
      partial((document) => ((document as { eventId: string }).eventId === "e7" ? "400" : false)),
    );
    await publish(path);

    await path.run();

    const letters = await path.letters();
    expect(letters.map(({ code, eventId }) => [code, eventId]).sort()).toEqual([
      ["json", undefined],
      ["store-rejected", "e7"],
    ]);
    expect((await effectsOf(path)).stored).toEqual(IDS.filter((id) => id !== "e7"));
    expect(path.host.stats).toMatchObject({ invocations: 1, lost: 0 });
    await path.close();
  });

  it.each<[string, Rule]>([
    [
      "503, too many requests for the account",
      replying(storageFailure(503, "ServerBusy", { headers: { "retry-after": "1" } })),
    ],
    ["500, an operation that timed out", replying(storageFailure(500, "OperationTimedOut"))],
    ["an answer that is lost, so that the blob is there already", () => ({ kind: "lose" })],
    ["a connection that breaks", replying("reset")],
  ])("F11 blobs, %s: one letter with the event's bytes, and the archive has every event once", async (_, rule) => {
    const path = await openPatient(services());
    services().faults.blob.set(first(REFUSALS, rule));
    await publish(path);

    await path.run();

    expect(await effectsOf(path)).toEqual(EVERYTHING);
    expect((await path.archived()).sort()).toEqual([...BODIES].sort());
    await path.close();
  });

  it("F11 a queue whose answer is lost: the letter is told twice, and is there once", async () => {
    const path = await openPatient(services());
    services().faults.queue.set(first(1, () => ({ kind: "lose" })));
    await publish(path);

    await path.run();

    const texts = await services().services.storage.messages(path.urls.queue.split("/").at(-1)!);
    const notices = texts.map((text) => JSON.parse(Buffer.from(text, "base64").toString()));
    expect(notices).toHaveLength(2);
    expect(notices[0]).toEqual(notices[1]);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });

  it.each<ServiceName>(["blob", "queue"])(
    "F11 %s of dead letters down: the poisoned event is not passed over, and its letter is there once it is up",
    async (service) => {
      const path = await openPatient(services());
      services().faults[service].set(failing("unavailable"));
      await publish(path);
      await path.start();

      await until(() => path.host.stats.invocations > 5);
      const passed = path.host.checkpoints();
      services().faults[service].set(undefined);
      await path.run();

      expect(passed).toEqual({});
      expect(await effectsOf(path)).toEqual(EVERYTHING);
      expect(path.host.stats.lost).toBe(0);
      await path.close();
    },
  );

  it.each(CALLED)(
    "F05 %s that never answers: the function answers before its deadline, and goes on once there is an answer",
    async (service) => {
      const clock = fastClock(8);
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
      services().faults[service].set(replying("hang"));
      await publish(path);
      await path.start();

      await until(() => lefts.length >= 2);
      const hanging = [...lefts];
      services().faults[service].set(undefined);
      await path.run();

      for (const leftMs of hanging) expect(leftMs).toBeGreaterThan(0);
      expect(await effectsOf(path)).toEqual(EVERYTHING);
      expect(path.host.stats.lost).toBe(0);
      await path.close();
    },
  );

  it("F07 a topic whose answer is lost: the actions come again, with the same ids", async () => {
    const path = await openPatient(services());
    services().faults.eventGrid.set(first(2, () => ({ kind: "lose" })));
    await publish(path);

    await path.run();

    expect(path.actions().length).toBeGreaterThan(SIZE);
    expect(await effectsOf(path)).toEqual(EVERYTHING);
    await path.close();
  });
});

function throttled(afterMs: number) {
  const headers = { "x-ms-retry-after-ms": String(afterMs) };
  return cosmosFailure(429, "429", { substatus: 3200, headers });
}
