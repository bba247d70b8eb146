import { describe, expect, it } from "@jest/globals";
import { createDeadline } from "../../../../shared/deadline";
import { planActions, runActions } from "../../../../shared/engine/act";
import { ConfigError, type SluiceError } from "../../../../shared/errors";
import type { Pipeline } from "../../../../shared/pipeline";
import type { Actions } from "../../../../shared/ports";
import { manualClock } from "../../../support/manual-clock";
import { hanging, raise } from "../../../support/promises";
import { action, event, events, quietPipeline, testPipeline } from "../../../support/records";
import { answeringActions, codes, failure } from "../../../support/stages";
import { chunkOf, retryContext } from "../../../support/unit";

const none = new Map<number, SluiceError>();
const keys = (count: number) => events(count).map(({ key }) => key);
const planned = (...rows: number[]) => ({ actions: rows.map(action), rowOf: rows });
const predictions = (...scores: number[]) => scores.map((score) => ({ score, suspicious: score >= 0.5, amount: 1 }));

describe("planActions", () => {
  it("plans an action for each row that calls for one, with an id that repeats", () => {
    const chunk = chunkOf(events(3));
    const scored = predictions(0.95, 0.1, 0.9);

    const planned = planActions(testPipeline, chunk, scored);

    expect(planned.rowOf).toEqual([0, 2]);
    expect(planned.actions).toEqual([
      { id: "e0:alert", name: "alert", eventId: "e0", key: "k0", time: event(0).at, prediction: scored[0] },
      { id: "e2:alert", name: "alert", eventId: "e2", key: "k2", time: event(2).at, prediction: scored[2] },
    ]);
    expect(planActions(testPipeline, chunk, scored)).toEqual(planned);
  });

  it("keeps the order of events where a row calls for several", () => {
    const rules = [
      { name: "first", when: () => true },
      { name: "second", when: ({ score }: { score: number }) => score > 0.5 },
    ];

    const planned = planActions(
      { ...testPipeline, actions: rules } as Pipeline,
      chunkOf(events(2)),
      predictions(0.9, 0.1),
    );

    expect(planned.actions.map(({ id }) => id)).toEqual(["e0:first", "e0:second", "e1:first"]);
    expect(planned.rowOf).toEqual([0, 0, 1]);
  });

  it("asks each rule with the prediction and the event of its row", () => {
    const asked: unknown[] = [];
    const rules = [{ name: "ask", when: (...given: unknown[]) => asked.push(given) < 0 }];
    const scored = predictions(0.1, 0.2);

    planActions({ ...testPipeline, actions: rules } as Pipeline, chunkOf(events(2)), scored);

    expect(asked).toEqual([
      [scored[0], event(0)],
      [scored[1], event(1)],
    ]);
  });

  it("plans nothing without rules", () => {
    expect(planActions(quietPipeline, chunkOf(events(2)), predictions(1, 1))).toEqual({ actions: [], rowOf: [] });
  });

  it("takes a rule that throws for a mistake of the set-up, before anything is stored", () => {
    const cause = new TypeError("x is not a function");
    const rules = [{ name: "alert", when: () => raise(cause) }];

    const plan = () => planActions({ ...testPipeline, actions: rules } as Pipeline, chunkOf(events(1)), predictions(1));

    expect(plan).toThrow(ConfigError);
    expect(plan).toThrow(
      expect.objectContaining({
        what: "The pipeline's own code threw TypeError: x is not a function",
        where: 'pipeline "test-pipeline", action "alert"',
        fix: "Make `when` work for every event that the schema lets pass.",
        cause,
      }),
    );
  });
});

describe("runActions", () => {
  it("publishes all in one call", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    const undone = await runActions(planned(0, 2), none, actions, retryContext(), keys(3));

    expect(calls).toEqual([["e0", "e2"]]);
    expect(undone.size).toBe(0);
  });

  it("calls nobody for no action, and nobody where there is no port", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    expect((await runActions(planned(), none, actions, retryContext(), [])).size).toBe(0);
    expect((await runActions(planned(1), none, undefined, retryContext(), keys(2))).size).toBe(0);
    expect(calls).toEqual([]);
  });

  it("publishes nothing for rows that are not stored", async () => {
    const { calls, port: actions } = answeringActions(() => []);
    const notStored = new Map([[1, failure("store-rejected")]]);

    const undone = await runActions(planned(0, 1, 2), notStored, actions, retryContext(), keys(3));

    expect(calls).toEqual([["e0", "e2"]]);
    expect(undone.size).toBe(0);
  });

  it("makes no call where no row is stored", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    await runActions(planned(0), new Map([[0, failure("timeout")]]), actions, retryContext(), keys(1));

    expect(calls).toEqual([]);
  });

  it("sends only what failed again, and knows whose each answer is", async () => {
    const { calls, port: actions } = answeringActions(
      (_, call) =>
        [
          [1, 2].map((index) => ({ index, error: failure("throttled") })),
          [{ index: 1, error: failure("timeout") }],
          [],
        ][call]!,
    );

    const undone = await runActions(planned(0, 2, 4), none, actions, retryContext(), keys(5));

    expect(calls).toEqual([["e0", "e2", "e4"], ["e2", "e4"], ["e4"]]);
    expect(undone.size).toBe(0);
  });

  it("hands the row back whose action cannot be published, and no other", async () => {
    const { calls, port: actions } = answeringActions((ids) =>
      ids.flatMap((id, index) => (id === "e2" ? [{ index, error: failure("unavailable") }] : [])),
    );

    const undone = await runActions(planned(0, 2, 4), none, actions, retryContext(), keys(5));

    expect(calls).toEqual([["e0", "e2", "e4"], ["e2"], ["e2"]]);
    expect(codes(undone)).toEqual([[2, "unavailable"]]);
  });

  it("does not send again what will never be taken, and sends its neighbors", async () => {
    const { calls, port: actions } = answeringActions((_, call) =>
      call === 0
        ? [
            { index: 0, error: failure("oversize") },
            { index: 1, error: failure("timeout") },
          ]
        : [],
    );

    const undone = await runActions(planned(0, 1, 2), none, actions, retryContext(), keys(3));

    expect(calls).toEqual([["e0", "e1", "e2"], ["e1"]]);
    expect(codes(undone)).toEqual([[0, "oversize"]]);
  });

  it("waits as long as the action asks that asks for most", async () => {
    const clock = manualClock();
    const { port: actions } = answeringActions((_, call) =>
      call === 0 ? [failure("timeout"), failure("throttled", 700)].map((error, index) => ({ index, error })) : [],
    );

    await runActions(planned(0, 1), none, actions, retryContext({ clock }), keys(2));

    expect(clock.asked()).toBe(700);
  });

  it("takes a call that throws for a failure of every action in it", async () => {
    const { calls, port: actions } = answeringActions((_, call) => (call === 0 ? raise(new TypeError("x")) : []));

    const undone = await runActions(planned(0, 1), none, actions, retryContext(), keys(2));

    expect(calls).toEqual([
      ["e0", "e1"],
      ["e0", "e1"],
    ]);
    expect(undone.size).toBe(0);
  });

  it("keeps the stage of a call that throws something unknown", async () => {
    const { port: actions } = answeringActions(() => raise(new TypeError("x")));

    const undone = await runActions(planned(0, 1), none, actions, retryContext(), keys(2));

    expect(codes(undone)).toEqual([
      [0, "internal"],
      [1, "internal"],
    ]);
    expect(undone.get(1)?.stage).toBe("actions");
  });

  it("lets a ConfigError through", async () => {
    const mistake = new ConfigError("a", "b", "c");

    await expect(
      runActions(planned(0), none, answeringActions(() => raise(mistake)).port, retryContext(), keys(1)),
    ).rejects.toBe(mistake);
  });

  it("publishes nothing after the deadline, and ends a call that hangs", async () => {
    const clock = manualClock();
    const over = createDeadline({ clock, at: clock.now(), reserveMs: 0 });
    const soon = createDeadline({ clock, at: clock.now() + 50, reserveMs: 0 });
    const { calls, port: actions } = answeringActions(() => hanging());

    const late = await runActions(planned(0), none, actions, retryContext({ clock, deadline: over }), keys(1));
    expect(calls).toEqual([]);
    const hung = await runActions(planned(0), none, actions, retryContext({ clock, deadline: soon }), keys(1));

    expect([codes(late), codes(hung)]).toEqual([[[0, "deadline"]], [[0, "deadline"]]]);
    expect([late.get(0)?.stage, hung.get(0)?.stage]).toEqual(["actions", "actions"]);
  });

  it("hands the port the signal that will abort", async () => {
    const host = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const publish: Actions["publish"] = async (_, call) => {
      signals.push(call?.signal);
      return [];
    };
    const deadline = createDeadline({ clock: manualClock(), reserveMs: 0, parent: host.signal });

    await runActions(planned(0), none, { publish, close: async () => {} }, retryContext({ deadline }), keys(1));

    expect(signals).toEqual([host.signal]);
  });
});
