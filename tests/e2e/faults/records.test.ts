import { describe, expect, it } from "@jest/globals";
import { type FeatureMatrix, SluiceError } from "sluice";
import { bench } from "../../support/engine";
import { REFUSED_AMOUNT } from "../../support/memory";
import { all, delivery, event, events, json, testPipeline } from "../../support/records";

describe("faults of records, through the engine", () => {
  it("F01 poison record: isolated with its original bytes, whatever stage finds it; its neighbors are stored once", async () => {
    const { engine, state, deliver } = bench();
    const poison = ["{", json({ id: 1 }), json(event(2, { amount: 1e39 })), json(event(3, { amount: REFUSED_AMOUNT }))];

    await deliver(
      engine(),
      delivery([event(10), poison[0]!, event(11), poison[1]!, poison[2]!, event(12), poison[3]!]),
    );

    const letters = [...state.letters.values()];
    expect(letters.map(({ code }) => code)).toEqual(["json", "schema", "features", "model-input"]);
    expect(letters.map(({ body }) => Buffer.from(body).toString())).toEqual(poison);
    expect([...state.predictions.keys()]).toEqual(["e10", "e11", "e12"]);
  });

  it("F01 poison record that makes a port throw what nobody can classify: isolated after its attempts", async () => {
    for (const port of ["infer", "store"] as const) {
      const { engine, state, memory, deliver } = bench();
      const throwing = {
        infer: { infer: { ...memory.infer, infer: throwIf(holdsTwo, memory.infer.infer) } },
        store: { store: { ...memory.store, write: throwIf((rows) => rows.ids.includes("e2"), memory.store.write) } },
      };

      const outcomes = await deliver(engine(throwing[port]), delivery(events(8)));

      expect([port, outcomes.at(-1)!.firstRetry]).toEqual([port, -1]);
      expect([...state.letters.values()]).toMatchObject([{ code: "internal", eventId: "e2", stage: port }]);
      expect([...state.predictions.keys()].sort()).toEqual(["e0", "e1", "e3", "e4", "e5", "e6", "e7"]);
    }
  });

  it("F01 poison action: an action that can never go out is dead-lettered, and does not come again for ever", async () => {
    const { engine, state, memory, deliver } = bench();
    const refused = new SluiceError("store-rejected", "actions", "Refused for good.");
    const publish: typeof memory.actions.publish = async (actions) =>
      actions.flatMap(({ eventId }, index) => (eventId === "e1" ? [{ index, error: refused }] : []));

    const outcomes = await deliver(
      engine({ actions: { ...memory.actions, publish } }),
      delivery(events(3, { amount: 23 })),
    );

    expect(outcomes).toHaveLength(1);
    expect([...state.letters.values()]).toMatchObject([{ eventId: "e1", stage: "actions", code: "store-rejected" }]);
  });

  it("F01 a letter whose cause is gone becomes its row when its event is sent again", async () => {
    const { engine, state, memory } = bench();
    const limits = { ...testPipeline.limits, maxEventBytes: 10 };
    await engine({ pipeline: { ...testPipeline, limits } }).processBatch(delivery([event(1)]));
    const [letter] = await all(memory.deadLetters.list({ limit: 1 }));

    const again = await engine().processBatch(delivery([letter!.body]));
    await memory.deadLetters.take([letter!.id]);

    expect(letter).toMatchObject({ code: "oversize" });
    expect(again).toMatchObject({ stored: 1 });
    expect(state.letters.size).toBe(0);
    expect([...state.predictions.keys()]).toEqual(["e1"]);
  });

  it("F02 schema drift: unknown fields pass, a missing, renamed, null or mistyped one is dead-lettered by name", async () => {
    const { engine, state, deliver } = bench();
    const { amount, ...missing } = event(1);
    const drifted = [
      missing,
      { ...missing, Amount: amount },
      { ...event(2), amount: null },
      { ...event(3), amount: "3" },
    ];

    await deliver(engine(), delivery([json({ ...event(0), version: 2, extra: {} }), ...drifted.map(json)]));

    expect([...state.predictions.keys()]).toEqual(["e0"]);
    for (const { code, message } of state.letters.values()) {
      expect(code).toBe("schema");
      expect(message).toMatch(/^amount: /);
    }
    expect(state.letters.size).toBe(4);
  });

  it("F13 oversized event: at the limit it is processed, one byte beyond it is dead-lettered whole", async () => {
    const { engine, state } = bench();
    const pipeline = { ...testPipeline, limits: { ...testPipeline.limits, maxEventBytes: 200 } };
    const sized = (number: number, bytes: number) => {
      const base = json(event(number, { note: "é" }));
      return base.replace("é", `é${"x".repeat(bytes - Buffer.byteLength(base))}`);
    };
    const bodies = [199, 200, 201].map((bytes, number) => sized(number, bytes));

    await engine({ pipeline }).processBatch(delivery([...bodies, Buffer.from(bodies[1]!), Buffer.from(bodies[2]!)]));

    const letters = [...state.letters.values()];
    expect([...state.predictions.keys()]).toEqual(["e0", "e1"]);
    expect(letters.map(({ code, body }) => [code, body.length])).toEqual([
      ["oversize", 201],
      ["oversize", 201],
    ]);
  });
});

function throwIf<Input, Rest extends unknown[], Output>(
  poisoned: (input: Input) => boolean,
  call: (input: Input, ...rest: Rest) => Promise<Output>,
): (input: Input, ...rest: Rest) => Promise<Output> {
  return async (input, ...rest) => {
    if (poisoned(input)) throw new TypeError("Nobody knows what this is.");
    return call(input, ...rest);
  };
}

/** A row of event 2; what is behind the rows is left from earlier batches. */
function holdsTwo({ rows, width, data }: FeatureMatrix): boolean {
  return Array.from({ length: rows }, (_, row) => data[row * width]).includes(2);
}
