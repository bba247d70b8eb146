import { describe, expect, it } from "@jest/globals";
import { type PublishBatch, SluiceError } from "sluice";
import { type LingerOptions, linger } from "../../../../../adapters/gcp/ingest/linger";
import { manualClock } from "../../../../support/manual-clock";

describe("events of several calls", () => {
  it("go out together once the first has waited long enough", async () => {
    const { gathering, clock, sent } = gatheringOf({ lingerMs: 50 });

    const first = gathering.publish(one("a"), undefined);
    await clock.advance(49);
    const second = gathering.publish(one("b"), undefined);
    const before = sent.length;
    await clock.advance(1);
    const third = gathering.publish(one("c"), undefined);
    await clock.advance(50);

    expect(await Promise.all([first, second, third])).toMatchObject([
      { accepted: 1 },
      { accepted: 1 },
      { accepted: 1 },
    ]);
    expect(before).toBe(0);
    expect(sent.map(({ bodies }) => bodies)).toEqual([["a", "b"], ["c"]]);
  });

  it("go out at once where they fill a message, by count or by bytes", async () => {
    const { gathering, sent } = gatheringOf({ maxEvents: 3, maxBytes: 10 });

    await gathering.publish({ keys: ["k", "k", "k"], bodies: ["1", "2", "3"] }, undefined);
    await gathering.publish(one("x".repeat(10)), undefined);

    expect(sent).toHaveLength(2);
  });

  it("leave no timer behind", async () => {
    const { gathering, clock } = gatheringOf();

    const report = gathering.publish(one("a"), undefined);
    const during = clock.sleepers();
    gathering.flush();
    gathering.flush();
    await report;

    expect([during, clock.sleepers()]).toEqual([1, 0]);
  });

  it("that fail are told to the caller whose they are, with its own numbers", async () => {
    const error = new SluiceError("throttled", "ingest", "x");
    const { gathering } = gatheringOf({
      maxEvents: 5,
      send: async () => ({ accepted: 3, alreadyAccepted: 0, failures: [1, 4].map((index) => ({ index, error })) }),
    });

    const reports = await Promise.all([
      gathering.publish({ keys: ["k", "k"], bodies: ["0", "1"] }, undefined),
      gathering.publish(one("2"), undefined),
      gathering.publish({ keys: ["k", "k"], bodies: ["3", "4"] }, undefined),
    ]);

    expect(reports).toEqual([
      { accepted: 1, alreadyAccepted: 0, failures: [{ index: 1, error }] },
      { accepted: 1, alreadyAccepted: 0, failures: [] },
      { accepted: 1, alreadyAccepted: 0, failures: [{ index: 1, error }] },
    ]);
  });
});

function one(body: string): PublishBatch {
  return { keys: ["k"], bodies: [body] };
}

function gatheringOf(options: Partial<LingerOptions> = {}) {
  const clock = manualClock({ auto: false });
  const sent: PublishBatch[] = [];
  const gathering = linger({
    lingerMs: 1_000,
    maxEvents: 100,
    maxBytes: 1_000,
    clock,
    send: async (batch) => {
      sent.push(batch);
      return { accepted: batch.keys.length, alreadyAccepted: 0, failures: [] };
    },
    ...options,
  });
  return { gathering, clock, sent };
}
