import { describe, expect, it, jest } from "@jest/globals";
import { definePipeline } from "sluice";
import * as z from "zod";
import { gcpInfer } from "../../../adapters/gcp/infer";
import { gcpIngest } from "../../../adapters/gcp/ingest";
import { openHttpFaults, type Rule } from "../../../emulators/http-faults";
import { idsOf } from "../../support/cloud-path";
import { duringTests } from "../../support/during-tests";
import { fastClock } from "../../support/fast-clock";
import { openGcpServices } from "../../support/gcp/services";
import { serveModel } from "../../support/model-server";
import { openPubSubStub } from "../../support/pubsub-stub";
import { event, json, quietPipeline, type TestEvent, testPipeline } from "../../support/records";
import { until } from "../../support/until";
import { openPushed, type Pushed } from "./pushed";

const SPEED = 20;
const MESSAGES = 3;
/** Events of each. */
const SIZE = 10;
/** What the memory model scores high enough for an action. */
const ALARMING = { amount: 23, count: 1 };
const DOWN: Rule = () => ({ kind: "reply", answer: { status: 503, headers: {}, body: "" } });
const ACCOUNT = "push@local.iam.gserviceaccount.com";
const AUDIENCE = "https://function";
const HOUR_MS = 3_600_000;

/** Some seconds pass in a fraction of one. */
const clock = fastClock(SPEED);
const services = duringTests(() => openGcpServices({ clock }));

jest.setTimeout(60_000);

describe("a service that is down", () => {
  it("the model: each message comes again after a pause that grows, and all is stored once it is up", async () => {
    const model = await openModel();
    const retryPolicy = { minimumBackoff: "1s", maximumBackoff: "4s" };
    const path = await openPushed(services(), { ...model, clock, subscription: { retryPolicy } });
    model.faults.set(DOWN);

    await path.publish(bodiesOf(0));
    await until(() => path.state().nacked >= 4);
    const { acked, deadLettered, unacked } = path.state();
    model.faults.set(undefined);
    await path.drained();

    expect({ acked, deadLettered, unacked }).toEqual({ acked: 0, deadLettered: 0, unacked: 1 });
    for (const [i, pause] of [1_000, 2_000, 4_000, 4_000].entries()) {
      const [before, after] = [path.answers[i]!, path.answers[i + 1]!];
      expect([429, 503]).toContain(before.status);
      expect(after.receivedAt - before.answeredAt).toBeGreaterThan(pause * 0.9);
    }
    expect(await idsOf(path)).toEqual(idsFrom(0));
    expect(await path.letters()).toEqual([]);
    await path.close();
    await model.close();
  });

  it.each(["unavailable", "throttled", "credentials"] as const)(
    "the store (%s): nothing is acknowledged and nothing given up until it is there again",
    async (code) => {
      const path = await openPushed(services(), { clock });
      const restore = services().inject({ code, partial: false }, "firestore");

      for (let message = 0; message < MESSAGES; message++) await path.publish(bodiesOf(message));
      await until(() => path.state().nacked >= 2 * MESSAGES);
      const { acked, unacked } = path.state();
      await restore();
      await path.drained();

      expect({ acked, unacked }).toEqual({ acked: 0, unacked: MESSAGES });
      expect(await idsOf(path)).toEqual(allIds());
      expect(await path.letters()).toEqual([]);
      await path.close();
    },
  );

  it("the dead topic: a message with a bad event is not acknowledged before its letter is safe", async () => {
    const path = await openPushed(services(), { clock });
    const restore = services().inject({ code: "unavailable", partial: false }, "pubsub");
    const [first, ...others] = bodiesOf(0);

    await path.publish(['{"broken', ...others]);
    await path.publish(bodiesOf(1));
    await until(() => path.state().nacked >= 2 && path.state().acked === 1);
    const [letters, { unacked }] = [await path.letters(), path.state()];
    await restore();
    await path.drained();

    expect({ letters, unacked }).toEqual({ letters: [], unacked: 1 });
    expect((await path.letters()).map(({ code, body }) => [code, Buffer.from(body).toString()])).toEqual([
      ["json", '{"broken'],
    ]);
    expect(await idsOf(path)).toEqual([...idsFrom(0), ...idsFrom(1)].filter((id) => id !== idOf(first!)).sort());
    await path.close();
  });
});

describe("a message that Pub/Sub gives up", () => {
  it("is a letter for each of its events, and a redrive stores them all once the fault is gone", async () => {
    const model = await openModel();
    const path = await openPushed(services(), {
      ...{ ...model, clock },
      subscription: {
        retryPolicy: { minimumBackoff: "2s", maximumBackoff: "20s" },
        deadLetterPolicy: { deadLetterTopic: "", maxDeliveryAttempts: 5 },
      },
    });
    model.faults.set(DOWN);
    const bodies = [bodiesOf(0), bodiesOf(1)];

    for (const message of bodies) await path.publish(message);
    await path.drained();
    const state = path.state();
    const letters = await path.letters();
    model.faults.set(undefined);
    await path.publish(letters.map(({ body }) => body));
    const taken = await path.deadLetters.take(letters.map(({ id }) => id));
    await path.drained();

    expect(state).toMatchObject({ delivered: 10, acked: 0, deadLettered: 2 });
    expect(letters.map(({ body }) => Buffer.from(body).toString()).sort()).toEqual(bodies.flat().sort());
    for (const letter of letters) expect(letter).toMatchObject({ code: "internal", stage: "engine", attempts: 5 });
    expect(taken).toBe(2 * SIZE);
    expect(await idsOf(path)).toEqual([...idsFrom(0), ...idsFrom(1)].sort());
    expect(await path.letters()).toEqual([]);
    await path.close();
    await model.close();
  });
});

describe("a message that is there twice", () => {
  it("because the producer lost the reply has one effect: a row per event, and an action with one id", async () => {
    const { pubsub } = services().services;
    const path = await openPushed(services(), { pipeline: testPipeline, clock });
    const stub = await openPubSubStub((request, number) => {
      pubsub.publish(path.names.topic, request.messages);
      return number === 0 ? { status: "UNAVAILABLE" } : undefined;
    });
    const ingest = gcpIngest({ topic: path.names.topic, endpoint: stub.endpoint, clock });
    const bodies = bodiesOf(0, ALARMING);

    const report = await ingest.publish({ keys: bodies.map(() => "key"), bodies });
    await path.drained();

    expect(report).toEqual({ accepted: SIZE, alreadyAccepted: 0, failures: [] });
    expect(path.state()).toMatchObject({ delivered: 2, acked: 2, nacked: 0 });
    expect(await idsOf(path)).toEqual(idsFrom(0));
    const actions = path.actions();
    expect(actions).toHaveLength(2 * SIZE);
    expect([...new Set(actions.map(({ id }) => id))].sort()).toEqual(
      idsFrom(0)
        .map((id) => `${id}:alert`)
        .sort(),
    );
    expect(new Set(actions.map((action) => json(action))).size).toBe(SIZE);
    await Promise.all([ingest.close(), path.close()]);
    await stub.close();
  });
});

describe("a push whose token does not hold", () => {
  it("because it is for another audience is refused, and comes again until the subscription is put right", async () => {
    const path = await openVerified({ audience: "https://another" });

    await path.publish(bodiesOf(0));
    await until(() => path.state().nacked >= 3);
    const refused = [await path.stored(), [...path.answers]] as const;
    await putRight(path);
    await path.drained();

    expect(refused[0]).toEqual([]);
    for (const { status } of refused[1]) expect(status).toBe(401);
    expect(await idsOf(path)).toEqual(idsFrom(0));
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("because it has expired is refused, and comes again until the tokens are fresh", async () => {
    // To a function whose clock is ahead, the tokens of the others are old.
    let aheadMs = 2 * HOUR_MS;
    const functionClock = { ...clock, now: () => clock.now() + aheadMs };
    const path = await openVerified({ audience: AUDIENCE, functionClock });

    await path.publish(bodiesOf(0));
    await until(() => path.state().nacked >= 3);
    const refused = [await path.stored(), [...path.answers]] as const;
    aheadMs = 0;
    await path.drained();

    expect(refused[0]).toEqual([]);
    for (const { status } of refused[1]) expect(status).toBe(401);
    expect(await idsOf(path)).toEqual(idsFrom(0));
    await path.close();
  });
});

/** A model server whose model is there or not. */
async function openModel() {
  const server = await serveModel("linear");
  const faults = await openHttpFaults({ target: server.url });
  const infer = gcpInfer({ pipeline: scored, url: faults.endpoint, kind: "cloud-run" });
  const close = async () => {
    await infer.close();
    await faults.close();
    await server.close();
  };
  return { pipeline: scored, infer, faults, close };
}

/** What that model can score. */
const scored = definePipeline({
  name: "scored",
  event: z.object({ id: z.string(), key: z.string(), at: z.number(), amount: z.number() }),
  id: ({ id }) => id,
  key: ({ key }) => key,
  time: ({ at }) => at,
  features: { amount: ({ amount }) => amount, b: () => 0, c: () => 0, d: () => 0 },
  model: { file: "linear.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

/** A function that takes the pushes of one account for one audience, with a subscription that pushes for the given one. */
async function openVerified({ audience, functionClock = clock }: { audience: string; functionClock?: typeof clock }) {
  const keys = services().services.pubsub.jwksUrl;
  const oidcToken = { serviceAccountEmail: ACCOUNT, audience };
  return openPushed(services(), {
    ...{ pipeline: quietPipeline, clock, functionClock },
    functionSettings: { push: { audience: AUDIENCE, account: ACCOUNT, keys } },
    subscription: { pushConfig: { oidcToken } },
  });
}

async function putRight({ names, state }: Pushed): Promise<void> {
  const { pushConfig } = state().settings;
  const oidcToken = { serviceAccountEmail: ACCOUNT, audience: AUDIENCE };
  const url = `http://${services().services.pubsub.endpoint}/v1/${names.push}:modifyPushConfig`;
  const headers = { "content-type": "application/json" };
  const body = json({ pushConfig: { ...pushConfig, oidcToken } });
  expect(await fetch(url, { method: "POST", headers, body })).toMatchObject({ status: 200 });
}

/** The events of a message, by its number. */
function bodiesOf(message: number, overrides: Partial<TestEvent> = {}): string[] {
  return Array.from({ length: SIZE }, (_, i) => json(event(message * SIZE + i, overrides)));
}

function idsFrom(message: number): string[] {
  return bodiesOf(message).map(idOf).sort();
}

function allIds(): string[] {
  return Array.from({ length: MESSAGES }, (_, message) => idsFrom(message))
    .flat()
    .sort();
}

function idOf(body: string): string {
  return (JSON.parse(body) as TestEvent).id;
}
