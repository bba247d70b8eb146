import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type Infer, SluiceError } from "sluice";
import { azureDeadLetters } from "../../../../adapters/azure/deadletter";
import { parseLog } from "../../../../adapters/azure/telemetry";
import { systemClock } from "../../../../adapters/system";
import { DEAD_LETTERS } from "../../../../functions/azure/compose";
import { storageFailure } from "../../../support/azure-stub";
import { memoryInfer } from "../../../support/memory/infer";
import { event, events, quietPipeline, type TestEvent, testPipeline } from "../../../support/records";
import { away, cleanUp, counting, setting } from "./setting";

/** The memory model scores 0.92 for it. */
const ALERTING = 22.5;

afterEach(cleanUp);

describe("the function", () => {
  it("stores what it scores, and is done with the batch", async () => {
    const { invoke, written, letters } = await setting();

    await invoke([event(1), [event(2), event(3)]]);

    expect(
      written()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["e1", "e2", "e3"]);
    expect(letters()).toEqual([]);
  });

  it("keeps what can never succeed as dead letters, with a notice, and stores the rest", async () => {
    const { invoke, written, letters, notices } = await setting();
    const bodies: (string | TestEvent)[] = events(50);
    for (const index of [7, 23, 41]) bodies[index] = `{"broken ${index}`;

    await invoke(bodies);

    expect(written()).toHaveLength(47);
    expect(
      letters()
        .map(({ body }) => body)
        .sort(),
    ).toEqual(['{"broken 23', '{"broken 41', '{"broken 7']);
    expect(notices()).toHaveLength(1);
  });

  it("publishes the actions that a prediction calls for", async () => {
    const { invoke, actions } = await setting();

    await invoke([event(1, { amount: ALERTING }), event(2)]);

    expect(actions().map(({ id }) => id)).toEqual(["e1:alert"]);
  });

  it("writes its results as lines too where there is a container for them", async () => {
    const elsewhere = await setting();
    const { invoke } = await setting({ settings: { results: elsewhere.url("results") } });

    await invoke([event(1), event(2)]);

    expect(elsewhere.blobs("results/").map((text) => text.trim().split("\n").length)).toEqual([2]);
  });

  it("hands the batch back while the store is away, and dead-letters nothing before its last attempt", async () => {
    const { store } = away();
    const { invoke, letters } = await setting({ store, clock: systemClock, settings: { retries: 2 } });

    await expect(invoke([event(1), event(2)])).rejects.toThrow(
      "2 of 2 messages must come again, because of `unavailable`",
    );
    await expect(invoke([event(1), event(2)], { retryCount: 1 })).rejects.toMatchObject({ code: "unavailable" });
    const before = letters();
    await invoke([event(1), event(2)], { retryCount: 2 });

    expect(before).toEqual([]);
    expect(letters().map(({ code, eventId }) => [eventId, code])).toEqual([
      ["e1", "unavailable"],
      ["e2", "unavailable"],
    ]);
  });

  it("hands the batch back even at its last attempt if its dead letters cannot be kept", async () => {
    const { invoke } = await setting({
      store: away().store,
      clock: systemClock,
      settings: { retries: 0 },
      answer: ({ path }) =>
        path.startsWith("/letters/dead") ? storageFailure(403, "AuthorizationFailure") : undefined,
    });

    await expect(invoke([event(1)])).rejects.toMatchObject({ name: "SluiceError" });
  });

  it("does not score again what was done before the batch was handed back", async () => {
    const { store, fail } = away();
    fail(["k2"]);
    const scored: number[] = [];
    const { invoke } = await setting({ store, infer: counting(scored), clock: systemClock });
    const bodies = [event(0), event(1), event(2), event(3)];

    await expect(invoke(bodies)).rejects.toMatchObject({ code: "unavailable" });
    fail([]);
    await invoke(bodies, { retryCount: 1 });

    expect(scored).toEqual([4, 2]);
  });

  it("stops after four fifths of the host's timeout, and hands back", async () => {
    const { invoke, clock, written } = await setting({
      infer: { ...memoryInfer(), infer: () => new Promise(() => {}) },
    });
    const answer = expect(invoke([event(1)])).rejects.toMatchObject({ code: "deadline" });
    while (clock.sleepers() < 1) await new Promise(setImmediate);

    // Of 60 s, less a second for the answer.
    await clock.advance(47_000);
    await answer;

    expect(written()).toEqual([]);
  });

  it("hands back what is under way when the process is ended, also at the last attempt", async () => {
    const ending = new AbortController();
    const asked = Promise.withResolvers<void>();
    const infer: Infer = {
      ...memoryInfer(),
      infer: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    };
    const { invoke, letters } = await setting({ infer, signal: ending.signal, settings: { retries: 0 } });
    const answer = expect(invoke([event(1)])).rejects.toMatchObject({ code: "cancelled" });
    await asked.promise;

    ending.abort();
    await answer;

    expect(letters()).toEqual([]);
  });

  it("tells its metrics in one line per batch, with what the store has cost", async () => {
    const lines: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = ((line: string) => lines.push(line)) as unknown as typeof write;
    try {
      const { invoke } = await setting({
        telemetry: undefined,
        answer: ({ path }) =>
          path.endsWith("/docs") ? { headers: { "x-ms-request-charge": "5.71" }, body: {} } : undefined,
      });

      await invoke([event(1)]);
    } finally {
      process.stdout.write = write;
    }

    expect(lines.map(parseLog)).toEqual([
      expect.objectContaining({ type: "batch", partition: "0", received: 1, stored: 1, requestUnits: 5.71 }),
    ]);
  });

  it("shares one model between partitions: behind its first call, the others wait for the second", async () => {
    const calls: number[] = [];
    const all = Promise.withResolvers<void>();
    let read = 0;
    const id = (one: TestEvent) => {
      if (++read === 8) all.resolve();
      return one.id;
    };
    const { invoke, written } = await setting({
      pipeline: { ...testPipeline, id },
      infer: counting(calls, all.promise),
      clock: systemClock,
    });

    await Promise.all(Array.from({ length: 8 }, (_, i) => invoke([event(i)], { partition: String(i) })));

    expect(written()).toHaveLength(8);
    expect(calls).toEqual([1, 7]);
  });
});

describe("the start of the function", () => {
  it("fails for a model that does not fit", async () => {
    const misfit = new ConfigError("the model has 4 inputs.", "model", "Export it again.");

    const starting = setting({ infer: { ...memoryInfer(), warmUp: () => Promise.reject(misfit) } });

    await expect(starting).rejects.toBe(misfit);
  });

  it("goes on without an endpoint that is not there yet: the first batch tries again", async () => {
    const infer = memoryInfer();
    let calls = 0;
    const starting = new SluiceError("cold-start", "infer", "The endpoint is starting.");
    const { invoke, written } = await setting({
      infer: { ...infer, warmUp: () => (++calls === 1 ? Promise.reject(starting) : infer.warmUp()) },
    });

    await invoke([event(1)]);

    expect([written().length, calls]).toEqual([1, 2]);
  });

  it("refuses a pipeline whose actions have no topic, and needs none for one without", async () => {
    const settings = { actions: undefined };

    await expect(setting({ settings })).rejects.toThrow("SLUICE_ACTIONS names no topic");
    await expect(setting({ settings, pipeline: quietPipeline })).resolves.toBeDefined();
  });

  it("refuses events that are longer than a dead letter can be", async () => {
    const limits = { ...testPipeline.limits, maxEventBytes: DEAD_LETTERS.maxEventBytes + 1 };

    const starting = setting({ pipeline: { ...testPipeline, limits } });

    await expect(starting).rejects.toThrow("a dead letter holds at most 10485760");
  });

  it("knows of the dead letters what they say of themselves", () => {
    expect(azureDeadLetters({ container: "https://a.blob.core.windows.net/letters" }).capabilities).toEqual(
      DEAD_LETTERS,
    );
  });
});
