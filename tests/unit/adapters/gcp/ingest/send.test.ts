import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { SluiceError } from "sluice";
import type { Request } from "../../../../../adapters/gcp/ingest/pack";
import { type SendOptions, send } from "../../../../../adapters/gcp/ingest/send";
import { manualClock } from "../../../../support/manual-clock";

const POLICY = { attempts: 5, baseMs: 100, throttledBaseMs: 1_000, capMs: 5_000 };

/** Requests by their first event's number; each holds two. */
const [a, b, c] = [0, 2, 4].map((from): Request => ({ messages: [Uint8Array.of(from)], events: [from, from + 1] }));

describe("a lane", () => {
  it("sends a request once the one before is durable", async () => {
    const log: string[] = [];

    const { failed } = await sending([[a!, b!, c!]], async (number) => {
      log.push(`start ${number}`);
      await Promise.resolve();
      log.push(`end ${number}`);
    });

    expect(failed).toEqual([]);
    expect(log).toEqual(["start 0", "end 0", "start 2", "end 2", "start 4", "end 4"]);
  });

  it("ends at the first request that fails for good, while other lanes go on", async () => {
    const { failed, sent } = await sending([[a!, b!], [c!]], async (number) => {
      if (number === 0) throw grpc(14);
    });

    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([0, 1, 2, 3].map((i) => [i, "unavailable"]));
    expect(sent).toEqual([0, 4, 0, 0, 0, 0]);
  });

  it("says of what comes behind refused content that it may pass", async () => {
    const { failed, sent } = await sending([[a!, b!]], async () => {
      throw grpc(3);
    });

    expect(failed.map(({ error }) => [error.code, error.retryable])).toEqual([
      ["store-rejected", false],
      ["store-rejected", false],
      ["unavailable", true],
      ["unavailable", true],
    ]);
    expect(sent).toEqual([0]);
  });
});

describe("a pause", () => {
  it("grows with each attempt, and is longer for throttling", async () => {
    const asked: number[] = [];
    for (const code of [14, 8]) {
      const clock = manualClock();
      await sending([[a!]], async () => Promise.reject(grpc(code)), { clock, random: () => 0.5 });
      asked.push(clock.asked());
    }

    expect(asked).toEqual([50 + 100 + 200 + 400, 500 + 1_000 + 2_000 + 2_500]);
  });

  it("is as long as the service asks for", async () => {
    const clock = manualClock();

    await sending(
      [[a!]],
      async (_, attempt) => {
        if (attempt === 1) throw grpc(8, { statusDetails: [{ retryDelay: { seconds: 7 } }] });
      },
      { clock },
    );

    expect(clock.asked()).toBe(7_000);
  });

  it("that lasts longer than it should leaves the error as it was", async () => {
    const clock = manualClock();

    const { failed, sent } = await sending([[a!]], async () => Promise.reject(grpc(14)), {
      clock: { ...clock, sleep: async () => clock.block(10_000) },
      deadlineMs: 5_000,
    });

    expect(failed[0]!.error).toMatchObject({ code: "unavailable" });
    expect(sent).toEqual([0]);
  });

  it("does not begin where it would outlast the deadline: the error is what it was", async () => {
    const clock = manualClock();

    const { failed, sent } = await sending([[a!]], async () => Promise.reject(grpc(14)), {
      clock,
      random: () => 0.999,
      deadlineMs: 200,
    });

    expect(failed[0]!.error).toMatchObject({ code: "unavailable", adapter: "gcp/ingest" });
    expect(sent).toHaveLength(2);
    expect(clock.monotonic()).toBeLessThan(200);
  });

  it("ends at once when the caller cancels", async () => {
    const controller = new AbortController();
    const clock = manualClock({ auto: false });

    const running = sending([[a!, b!]], async () => Promise.reject(grpc(14)), {
      clock,
      random: () => 0.5,
      signal: controller.signal,
    });
    await clock.advance(0);
    controller.abort();
    const { failed } = await running;

    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([0, 1, 2, 3].map((i) => [i, "cancelled"]));
  });
});

describe("a deadline", () => {
  it("bounds each request by what is left of it", async () => {
    const clock = manualClock({ auto: false });
    const waits: number[] = [];

    const { failed } = await sending(
      [[a!, b!, c!]],
      async (_number, _attempt, timeoutMs) => {
        waits.push(timeoutMs);
        clock.block(600);
      },
      { clock, deadlineMs: 1_000, requestTimeoutMs: 700 },
    );

    expect(waits).toEqual([700, 400]);
    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([
      [4, "deadline"],
      [5, "deadline"],
    ]);
  });
});

describe("any run of faults", () => {
  it("reports each event as failed or not, and sends nothing after a failure in its lane", async () => {
    const fault = fc.constantFrom(0, 0, 0, 3, 8, 14);

    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fault, { maxLength: 6 }), { maxLength: 4 }), async (codes) => {
        const lanes = codes.map((lane, i) =>
          lane.map((_, j): Request => ({ messages: [Uint8Array.of(i, j)], events: [i * 10 + j] })),
        );
        const durable = new Set<number>();

        const failed = await send(lanes, {
          ...defaults(),
          put: async ([message]) => {
            const [i, j] = message!;
            const code = codes[i!]![j!]!;
            if (code !== 0) throw grpc(code);
            durable.add(i! * 10 + j!);
          },
        });

        const events = lanes.flat().flatMap((request) => request.events);
        expect([...durable, ...failed.map(({ index }) => index)].sort((x, y) => x - y)).toEqual(
          events.sort((x, y) => x - y),
        );
        for (const [i, lane] of codes.entries()) {
          const stop = lane.findIndex((code) => code !== 0);
          for (const j of lane.keys()) expect(durable.has(i * 10 + j)).toBe(stop === -1 || j < stop);
        }
        for (const { error } of failed) expect(error).toBeInstanceOf(SluiceError);
      }),
    );
  });
});

function defaults(): SendOptions {
  return {
    put: async () => {},
    policy: POLICY,
    deadlineMs: 60_000,
    requestTimeoutMs: 10_000,
    clock: manualClock(),
    random: () => 0,
    coordinates: { topic: "t" },
    signal: undefined,
  };
}

/** Sends, with a function that gets the request's first event, the attempt and the time it has. */
async function sending(
  lanes: readonly Request[][],
  put: (number: number, attempt: number, timeoutMs: number) => Promise<void>,
  options: Partial<SendOptions> = {},
) {
  const sent: number[] = [];
  const failed = await send(lanes, {
    ...defaults(),
    put: async (messages, { timeoutMs }) => {
      const number = messages[0]![0]!;
      sent.push(number);
      await put(number, sent.filter((other) => other === number).length, timeoutMs);
    },
    ...options,
  });
  return { failed, sent };
}

function grpc(code: number, extra: object = {}): Error {
  return Object.assign(new Error("text"), { code, details: "text", ...extra });
}
