import { describe, expect, it } from "@jest/globals";
import { runActions } from "../../../../../shared/engine/act";
import type { SluiceError } from "../../../../../shared/errors";
import { action, events } from "../../../../support/records";
import { answeringActions, codes, failure } from "../../../../support/stages";
import { retryContext } from "../../../../support/unit";

const _none = new Map<number, SluiceError>();
const keys = (count: number) => events(count).map(({ key }) => key);
const planned = (...rows: number[]) => ({ actions: rows.map(action), rowOf: rows });

describe("the order of actions", () => {
  const waiting = failure("throttled");

  it("holds: an action waits with an earlier event of its key that must come again", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    const undone = await runActions(planned(0, 3, 4, 6), new Map([[3, waiting]]), actions, retryContext(), keys(7));

    expect(calls).toEqual([["e0", "e4"]]);
    expect([...undone]).toEqual([[6, waiting]]);
  });

  it("holds also where the earlier event has no action of its own", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    const undone = await runActions(planned(3), new Map([[0, waiting]]), actions, retryContext(), keys(4));

    expect(calls).toEqual([]);
    expect([...undone.keys()]).toEqual([3]);
  });

  it("asks the earliest of several, in whatever order they failed", async () => {
    const { calls, port: actions } = answeringActions(() => []);
    const notStored = new Map([
      [6, waiting],
      [3, failure("timeout")],
    ]);

    const undone = await runActions(planned(0, 4, 9), notStored, actions, retryContext(), keys(10));

    expect(calls).toEqual([["e0", "e4"]]);
    expect(codes(undone)).toEqual([[9, "timeout"]]);
  });

  it("is not disturbed by an earlier event that is dead-lettered", async () => {
    const { calls, port: actions } = answeringActions(() => []);

    await runActions(planned(3), new Map([[0, failure("store-rejected")]]), actions, retryContext(), keys(4));

    expect(calls).toEqual([["e3"]]);
  });

  it("is not disturbed by an earlier event whose unknown error is blamed on it", async () => {
    const { calls, port: actions } = answeringActions(() => []);
    const context = retryContext({ mayPass: ({ code }) => code !== "internal" });

    const undone = await runActions(planned(3), new Map([[0, failure("internal")]]), actions, context, keys(4));

    expect(calls).toEqual([["e3"]]);
    expect(undone.size).toBe(0);
  });
});
