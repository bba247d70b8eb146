import { describe, expect, it } from "@jest/globals";
import type { DeadLetter } from "../../../../shared/deadletter";
import { createLedger } from "../../../../shared/engine/ledger";
import { writeLetters } from "../../../../shared/engine/letters";
import { unpack } from "../../../../shared/engine/unpack";
import { SluiceError } from "../../../../shared/errors";
import { manualClock } from "../../../support/manual-clock";
import { memoryState, openMemory } from "../../../support/memory";
import { delivery, testPipeline } from "../../../support/records";
import { retryContext } from "../../../support/unit";

const schema = new SluiceError("schema", "preprocess", "amount: expected number");

function setting(put: (letters: readonly DeadLetter[], signal: AbortSignal | undefined) => Promise<void>) {
  const clock = manualClock();
  const whole = delivery(["a", ["b", Uint8Array.from([0xff])]], { attempt: 3 });
  const unpacked = unpack(whole);
  const memory = openMemory(memoryState("unit", 1, clock)).deadLetters;
  const source = {
    pipeline: testPipeline,
    deadLetters: {
      ...memory,
      put: (letters: readonly DeadLetter[], options = {}) => put(letters, (options as { signal?: AbortSignal }).signal),
    },
    clock,
    delivery: whole,
    unpacked,
    ledger: createLedger(whole, unpacked, clock),
    modelVersion: "model-9",
  };
  return { clock, source, context: retryContext({ clock, stage: "deadletter" }) };
}

describe("writeLetters", () => {
  it("writes one letter per reject, with its bytes, its place and what is known of it", async () => {
    const written: DeadLetter[] = [];
    const { clock, source, context } = setting(async (letters) => {
      written.push(...letters);
    });

    await writeLetters(
      [
        { event: 0, error: schema, key: "k", eventId: "e" },
        { event: 2, error: schema },
      ],
      source,
      context,
    );

    const common = {
      stage: "preprocess",
      code: "schema",
      message: "amount: expected number",
      attempts: 3,
      pipeline: "test-pipeline",
      pipelineVersion: "1",
      modelVersion: "model-9",
      failedAt: clock.now(),
    };
    expect(written).toEqual([
      {
        ...common,
        id: expect.any(String),
        body: Buffer.from("a"),
        key: "k",
        eventId: "e",
        position: { source: "test", partition: "0", offset: "0", index: 0 },
      },
      {
        ...common,
        id: expect.any(String),
        body: expect.anything(),
        key: undefined,
        eventId: undefined,
        position: { source: "test", partition: "0", offset: "1", index: 1 },
      },
    ]);
    expect([...written[1]!.body]).toEqual([0xff]);
  });

  it("tries again, and throws when the letters cannot be written", async () => {
    let calls = 0;
    const { source, context } = setting(async () => {
      calls++;
      throw new SluiceError("unavailable", "deadletter", "x");
    });

    await expect(writeLetters([{ event: 0, error: schema }], source, context)).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(calls).toBe(3);
  });

  it("hands the store the signal that will abort", async () => {
    const host = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const { source, context } = setting(async (_, signal) => {
      signals.push(signal);
    });
    const deadline = { ...context.deadline, signal: host.signal };

    await writeLetters([{ event: 0, error: schema }], source, { ...context, deadline });

    expect(signals).toEqual([host.signal]);
  });
});
