import { describe, expect, it } from "@jest/globals";
import type { Action } from "sluice";
import { lazyActions, lazyDeadLetters } from "../../../functions/lazy";
import { manualClock } from "../../support/manual-clock";
import { memoryActions } from "../../support/memory/actions";
import { memoryDeadLetters } from "../../support/memory/deadletter";
import { memoryState } from "../../support/memory/state";
import { letter } from "../../support/records";

const CAPABILITIES = { payload: true, maxEventBytes: 1_000 };

describe("dead letters that are loaded late", () => {
  it("are not loaded to say what they can do, nor to be closed", async () => {
    const { port, loads } = lateLetters();

    await port.close();

    expect(port.capabilities).toBe(CAPABILITIES);
    expect(loads()).toBe(0);
  });

  it("are loaded once, and then are what was loaded", async () => {
    const { port, loads } = lateLetters();

    await Promise.all([port.put([letter(1)]), port.put([letter(2)])]);
    const listed = [];
    for await (const { id } of port.list({ limit: 10 })) listed.push(id);
    const taken = await port.take([letter(1).id]);

    expect(listed.sort()).toEqual([letter(1).id, letter(2).id].sort());
    expect([taken, loads()]).toEqual([1, 1]);
  });

  it("are loaded again where loading failed", async () => {
    let loads = 0;
    const port = lazyDeadLetters(CAPABILITIES, async () => {
      if (++loads === 1) throw new Error("no memory");
      return memoryDeadLetters(memoryState("test", 1, manualClock()));
    });

    await expect(port.put([letter(1)])).rejects.toThrow("no memory");
    await port.put([letter(1)]);

    expect(loads).toBe(2);
  });

  it("are closed if they were loaded", async () => {
    let closed = 0;
    const port = lazyDeadLetters(CAPABILITIES, async () => ({
      ...memoryDeadLetters(memoryState("test", 1, manualClock())),
      close: async () => {
        closed++;
      },
    }));

    await port.put([letter(1)]);
    await port.close();

    expect(closed).toBe(1);
  });
});

describe("actions that are loaded late", () => {
  it("are loaded at the first of them", async () => {
    let loads = 0;
    const state = memoryState("test", 1, manualClock());
    const port = lazyActions(async () => {
      loads++;
      return memoryActions(state);
    });

    const before = loads;
    const failures = [...(await port.publish([action("1")])), ...(await port.publish([action("2")]))];

    expect([before, loads]).toEqual([0, 1]);
    expect(failures).toEqual([]);
    expect([...state.actions.keys()]).toEqual(["1", "2"]);
  });
});

function lateLetters() {
  let loads = 0;
  const port = lazyDeadLetters(CAPABILITIES, async () => {
    loads++;
    return memoryDeadLetters(memoryState("test", 1, manualClock()));
  });
  return { port, loads: () => loads };
}

function action(id: string): Action {
  return { id, name: "alert", eventId: id, key: "k", time: 0, prediction: {} };
}
