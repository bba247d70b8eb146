import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type Infer, SluiceError } from "sluice";
import { gcpDeadLetters } from "../../../../adapters/gcp/deadletter";
import { systemClock } from "../../../../adapters/system";
import { DEAD_LETTERS } from "../../../../functions/gcp/compose";
import { gcpFailure } from "../../../support/gcp-stub";
import { memoryInfer } from "../../../support/memory/infer";
import { event, events, quietPipeline, type TestEvent, testPipeline } from "../../../support/records";
import { cleanUp, SETTINGS, setting } from "./setting";

/** The memory model scores 0.92 for it. */
const ALERTING = 22.5;

afterEach(cleanUp);

describe("the function", () => {
  it("stores what it scores, and acknowledges the message", async () => {
    const { push, written, published } = await setting();

    const status = await push([event(1), event(2), event(3)]);

    expect(status).toBe(204);
    expect(written()).toHaveLength(3);
    expect(published("dead")).toEqual([]);
  });

  it("keeps what can never succeed in the dead topic, stores the rest, and acknowledges all at once", async () => {
    const { push, written, published } = await setting();
    const bodies: (string | TestEvent)[] = events(50);
    for (const index of [7, 23, 41]) bodies[index] = `{"broken ${index}`;

    const status = await push(bodies);
    const letters = published("dead").map((data) => JSON.parse(data) as { body: string });

    expect(status).toBe(204);
    expect(written()).toHaveLength(47);
    expect(letters.map(({ body }) => Buffer.from(body, "base64").toString())).toEqual([
      '{"broken 7',
      '{"broken 23',
      '{"broken 41',
    ]);
  });

  it("publishes the actions that a prediction calls for", async () => {
    const { push, published } = await setting();

    await push([event(1, { amount: ALERTING }), event(2)]);

    expect(published("actions").map((data) => JSON.parse(data))).toEqual([
      expect.objectContaining({ name: "alert", eventId: "e1" }),
    ]);
  });

  it("publishes its results where there is a topic for them", async () => {
    const { push, published } = await setting({ settings: { ...SETTINGS, resultsTopic: "projects/p/topics/results" } });

    await push([event(1), event(2)]);

    expect(published("results").map((data) => JSON.parse(data).event_id)).toEqual(["e1", "e2"]);
  });

  it("asks for the message again while the store is away, and dead-letters nothing", async () => {
    const { push, published } = await setting({ firestore: () => gcpFailure("UNAVAILABLE") });

    const status = await push([event(1), event(2)]);

    expect(status).toBe(503);
    expect(published("dead")).toEqual([]);
  });

  it("asks for less where a service has too much", async () => {
    const infer = failing(new SluiceError("throttled", "infer", "Rate exceeded."));
    const { push } = await setting({ infer });

    const status = await push([event(1)]);

    expect(status).toBe(429);
  });

  it("stops after four fifths of a request's time, and answers", async () => {
    const { push, clock, written } = await setting({ infer: { ...memoryInfer(), infer: () => new Promise(() => {}) } });
    const from = clock.monotonic();

    const status = await push([event(1)]);

    expect(status).toBe(503);
    // Of 60 s, less a second for the answer.
    expect(clock.monotonic() - from).toBe(47_000);
    expect(written()).toEqual([]);
  });

  it("refuses pushes that are none", async () => {
    const { post } = await setting();

    const statuses = [await post({}), await post({ message: {} }), await post("[")].map(({ status }) => status);

    expect(statuses).toEqual([400, 400, 400]);
  });

  it("asks for tokens where it is told whose pushes to take", async () => {
    const identity = { audience: "https://function", account: "push@p.iam.gserviceaccount.com", keys: undefined };
    const { push, log } = await setting({ settings: { ...SETTINGS, push: identity } });

    const status = await push([event(1)]);

    expect(status).toBe(401);
    expect(log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ severity: "ERROR", message: expect.stringContaining("it carries no token") }),
    ]);
  });

  it("tells its metrics in one line per message", async () => {
    const told: string[] = [];
    const { push } = await setting({ telemetry: ({ type }) => told.push(type) });

    await push([event(1), event(2)]);

    expect(told).toEqual(["batch"]);
  });
});

describe("eighty messages at once", () => {
  it("share one model: behind its first call, all the others wait for the second", async () => {
    const calls: number[] = [];
    const all = Promise.withResolvers<void>();
    let read = 0;
    const id = (one: TestEvent) => {
      if (++read === 80) all.resolve();
      return one.id;
    };
    const { push, written } = await setting({
      pipeline: { ...testPipeline, id },
      infer: counting(calls, all.promise),
      clock: systemClock,
    });

    const statuses = await Promise.all(Array.from({ length: 80 }, (_, i) => push([event(i)])));

    expect(new Set(statuses)).toEqual(new Set([204]));
    expect(written()).toHaveLength(80);
    expect(calls).toEqual([1, 79]);
  });

  it("have their own predictions", async () => {
    const { push, written } = await setting({ infer: counting([]), clock: systemClock });

    await Promise.all(Array.from({ length: 80 }, (_, i) => push([event(i)])));

    const scores = written().map(({ id, amount }) => [id, amount]);
    expect(scores.sort()).toEqual(Array.from({ length: 80 }, (_, i) => [`e${i}`, i]).sort());
  });

  it("do not fail with the one among them whose row the model refuses", async () => {
    const infer = refusing(13);
    const { push, written, published } = await setting({ infer, clock: systemClock });

    const statuses = await Promise.all(Array.from({ length: 80 }, (_, i) => push([event(i)])));
    const letters = published("dead").map((data) => JSON.parse(data) as { eventId: string; code: string });

    expect(new Set(statuses)).toEqual(new Set([204]));
    expect(written()).toHaveLength(79);
    expect(letters).toEqual([expect.objectContaining({ eventId: "e13", code: "model-input" })]);
  });
});

describe("the start of the function", () => {
  it("loads the model, and says which when it is asked", async () => {
    const { get } = await setting();

    const answer = await get("ready");

    expect(answer).toEqual({
      status: "ready",
      pipeline: "test-pipeline",
      model: (await memoryInfer().warmUp()).version,
    });
  });

  it("fails for a model that does not fit", async () => {
    const misfit = new ConfigError("the model has 4 inputs.", "model", "Export it again.");

    const starting = setting({ infer: { ...memoryInfer(), warmUp: () => Promise.reject(misfit) } });

    await expect(starting).rejects.toBe(misfit);
  });

  it("goes on without an endpoint that is not there yet: the first message tries again", async () => {
    const infer = memoryInfer();
    let calls = 0;
    const starting = new SluiceError("cold-start", "infer", "The endpoint is starting.");
    const { push } = await setting({
      infer: { ...infer, warmUp: () => (++calls === 1 ? Promise.reject(starting) : infer.warmUp()) },
    });

    const status = await push([event(1)]);

    expect([status, calls]).toEqual([204, 2]);
  });

  it("waits five seconds for an endpoint", async () => {
    const { clock } = await setting({ infer: { ...memoryInfer(), warmUp: () => new Promise(() => {}) } });

    expect(clock.monotonic()).toBe(5_000);
    expect(clock.sleepers()).toBe(0);
  });

  it("refuses a pipeline whose actions have no topic, and needs none for one without", async () => {
    const settings = { ...SETTINGS, actionsTopic: undefined };

    await expect(setting({ settings })).rejects.toThrow("SLUICE_ACTIONS_TOPIC names no topic");
    await expect(setting({ settings, pipeline: quietPipeline })).resolves.toBeDefined();
  });

  it("refuses events that are longer than a dead letter can be", async () => {
    const limits = { ...testPipeline.limits, maxEventBytes: DEAD_LETTERS.maxEventBytes + 1 };

    const starting = setting({ pipeline: { ...testPipeline, limits } });

    await expect(starting).rejects.toThrow("a dead letter holds at most 5242880");
  });

  it("knows of the dead letters what they say of themselves", () => {
    expect(gcpDeadLetters({ subscription: "" }).capabilities).toEqual(DEAD_LETTERS);
  });
});

function failing(error: SluiceError): Infer {
  return { ...memoryInfer(), infer: () => Promise.reject(error) };
}

/** The rows of each call, which waits until it may go on. */
function counting(calls: number[], until: Promise<void> = Promise.resolve()): Infer {
  const infer = memoryInfer();
  return {
    ...infer,
    infer: async (features, options) => {
      calls.push(features.rows);
      await until;
      return infer.infer(features, options);
    },
  };
}

/** Refuses calls in which an event has this amount. */
function refusing(amount: number): Infer {
  const infer = counting([]);
  return {
    ...infer,
    infer: async (features, options) => {
      for (let row = 0; row < features.rows; row++)
        if (features.data[row * features.width] === amount)
          throw new SluiceError("model-input", "infer", "The model has no answer for it.");
      return infer.infer(features, options);
    },
  };
}
