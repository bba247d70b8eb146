import { describe, expect, it } from "@jest/globals";
import type { Random } from "../../../shared/clock";
import { createDeadline } from "../../../shared/deadline";
import { ConfigError, type ErrorCode, SluiceError } from "../../../shared/errors";
import {
  backoffMs,
  DEFAULT_RETRY,
  longestWait,
  pauseBeforeNext,
  type RetryContext,
  retry,
} from "../../../shared/retry";
import type { TelemetryEvent } from "../../../shared/telemetry";
import { type ManualClock, manualClock } from "../../support/manual-clock";
import { hanging } from "../../support/promises";

const error = (code: ErrorCode, retryAfterMs?: number) =>
  new SluiceError(code, "store", "x", retryAfterMs === undefined ? {} : { retryAfterMs });
const almostOne: Random = () => 1 - 2 ** -32;

interface Setting {
  clock?: ManualClock;
  random?: Random;
  /** Milliseconds that are left. */
  within?: number;
  parent?: AbortSignal;
  attempts?: number;
}

function setting({ clock = manualClock(), random = () => 0.5, within, parent, attempts = 3 }: Setting = {}) {
  const told: TelemetryEvent[] = [];
  const context: RetryContext = {
    clock,
    random,
    deadline: createDeadline({
      clock,
      at: within === undefined ? undefined : clock.now() + within,
      reserveMs: 0,
      parent,
    }),
    policy: { ...DEFAULT_RETRY, attempts },
    stage: "store",
    telemetry: (event) => told.push(event),
  };
  return { clock, context, told };
}

/** An operation that fails with these errors one after the other, and then succeeds. */
function failing(...errors: unknown[]) {
  const calls = { count: 0 };
  const operation = async () => {
    calls.count++;
    if (errors.length > 0) throw errors.shift();
    return "done";
  };
  return { calls, operation };
}

describe("the default policy", () => {
  it("is 3 attempts, 50 ms, 1 s when throttled, 20 s at most", () => {
    expect(DEFAULT_RETRY).toEqual({ attempts: 3, baseMs: 50, throttledBaseMs: 1_000, capMs: 20_000 });
  });
});

describe("backoffMs", () => {
  it.each([
    ["unavailable", 1, 50],
    ["unavailable", 2, 100],
    ["unavailable", 3, 200],
    ["timeout", 9, 12_800],
    ["internal", 10, 20_000],
    ["conflict", 60, 20_000],
    ["throttled", 1, 1_000],
    ["throttled", 2, 2_000],
    ["throttled", 5, 16_000],
    ["throttled", 6, 20_000],
  ] as const)("after %s, attempt %i, is uniform from 0 to %i ms", (code, attempt, bound) => {
    expect(backoffMs(error(code), attempt, DEFAULT_RETRY, () => 0)).toBe(0);
    expect(backoffMs(error(code), attempt, DEFAULT_RETRY, () => 0.25)).toBe(bound / 4);
    expect(backoffMs(error(code), attempt, DEFAULT_RETRY, almostOne)).toBeCloseTo(bound, 3);
    expect(backoffMs(error(code), attempt, DEFAULT_RETRY, almostOne)).toBeLessThan(bound);
  });

  it("is never less than what the other side asked for, even above the cap", () => {
    expect(backoffMs(error("throttled", 300), 1, DEFAULT_RETRY, () => 0)).toBe(300);
    expect(backoffMs(error("throttled", 300), 1, DEFAULT_RETRY, () => 0.9)).toBe(900);
    expect(backoffMs(error("unavailable", 60_000), 1, DEFAULT_RETRY, almostOne)).toBe(60_000);
  });
});

describe("pauseBeforeNext", () => {
  it.each(["json", "store-rejected", "circuit-open"] as const)("does not wait after %s", async (code) => {
    const { clock, context, told } = setting();

    expect(await pauseBeforeNext(error(code), 1, context)).toBe(false);
    expect(clock.asked()).toBe(0);
    expect(told).toEqual([]);
  });

  it("asks whether the error may pass, where it is told whom to ask", async () => {
    const { context } = setting();
    const asked = (answer: boolean): RetryContext => ({ ...context, mayPass: () => answer });

    expect(await pauseBeforeNext(error("internal"), 1, asked(false))).toBe(false);
    expect(await pauseBeforeNext(error("json"), 1, asked(true))).toBe(true);
    expect(await pauseBeforeNext(error("circuit-open"), 1, asked(true))).toBe(false);
  });

  it("does not wait once the attempts are used up", async () => {
    const { clock, context } = setting({ attempts: 3 });

    expect(await pauseBeforeNext(error("timeout"), 2, context)).toBe(true);
    expect(await pauseBeforeNext(error("timeout"), 3, context)).toBe(false);
    expect(await pauseBeforeNext(error("timeout"), 4, context)).toBe(false);
    expect(clock.asked()).toBe(50);
  });

  it("does not begin a wait that would outlast the deadline, and needs some time after it", async () => {
    for (const [within, waits] of [
      [499, false],
      [500, false],
      [501, true],
    ] as const) {
      const { clock, context } = setting({ within });
      const before = clock.asked();

      expect(await pauseBeforeNext(error("throttled"), 1, context)).toBe(waits);
      expect(clock.asked() - before).toBe(waits ? 500 : 0);
    }
  });

  it("tells of each wait", async () => {
    const { context, told } = setting();

    await pauseBeforeNext(error("throttled"), 2, context);

    expect(told).toEqual([{ type: "retry", stage: "store", code: "throttled", attempt: 2, delayMs: 1_000 }]);
  });

  it("stops waiting when the host shuts down", async () => {
    const shutdown = new AbortController();
    const { context } = setting({ clock: manualClock({ auto: false }), parent: shutdown.signal });

    const waiting = pauseBeforeNext(error("throttled"), 1, context);
    shutdown.abort();

    expect(await waiting).toBe(false);
  });
});

describe("retry", () => {
  it("calls until it succeeds", async () => {
    const { clock, context, told } = setting();
    const { calls, operation } = failing(error("timeout"), error("unavailable"));

    const result = await retry(operation, context);

    expect(result).toBe("done");
    expect(calls.count).toBe(3);
    expect(clock.monotonic()).toBe(25 + 50);
    expect(told.map((event) => event.type === "retry" && event.attempt)).toEqual([1, 2]);
  });

  it("throws the last error once the attempts are used up, and calls no more", async () => {
    const { context } = setting();
    const last = error("unavailable");
    const { calls, operation } = failing(error("timeout"), error("throttled"), last, error("conflict"));

    await expect(retry(operation, context)).rejects.toBe(last);
    expect(calls.count).toBe(3);
  });

  it.each(["json", "store-rejected", "circuit-open"] as const)("does not repeat %s", async (code) => {
    const { context } = setting();
    const { calls, operation } = failing(error(code));

    await expect(retry(operation, context)).rejects.toMatchObject({ code });
    expect(calls.count).toBe(1);
  });

  it("repeats what nobody can classify, as internal with its cause", async () => {
    const { context } = setting({ attempts: 2 });
    const cause = new TypeError("boom");
    const { calls, operation } = failing(cause, cause);

    await expect(retry(operation, context)).rejects.toMatchObject({ code: "internal", stage: "store", cause });
    expect(calls.count).toBe(2);
  });

  it("lets a ConfigError through at once", async () => {
    const { context } = setting();
    const mistake = new ConfigError("a", "b", "c");
    const { calls, operation } = failing(mistake);

    await expect(retry(operation, context)).rejects.toBe(mistake);
    expect(calls.count).toBe(1);
  });

  it("takes an operation that throws before it has a promise", async () => {
    const { context } = setting({ attempts: 1 });

    const result = retry(() => {
      throw error("timeout");
    }, context);

    await expect(result).rejects.toMatchObject({ code: "timeout" });
  });

  it("calls nothing after the deadline or a shutdown", async () => {
    for (const { context } of [setting({ within: 0 }), setting({ parent: AbortSignal.abort() })]) {
      const { calls, operation } = failing();

      await expect(retry(operation, context)).rejects.toMatchObject({
        code: expect.stringMatching(/deadline|cancelled/),
      });
      expect(calls.count).toBe(0);
    }
  });

  it("gives up on an operation that hangs and ignores its signal", async () => {
    const clock = manualClock({ auto: false });
    const { context } = setting({ clock, within: 700 });

    const result = retry(() => hanging(), context);
    const refused = expect(result).rejects.toMatchObject({ code: "deadline", stage: "store" });
    await clock.advance(700);

    await refused;
  });

  it("hands the operation the signal that will abort", async () => {
    const shutdown = new AbortController();
    const { context } = setting({ parent: shutdown.signal });

    const signal = await retry(async (given) => given, context);

    expect(signal?.aborted).toBe(false);
    shutdown.abort();
    expect(signal?.aborted).toBe(true);
    expect(await retry(async (given) => given, setting().context)).toBeUndefined();
  });

  it("throws the failure itself when a shutdown ends the wait after it", async () => {
    const shutdown = new AbortController();
    const { context } = setting({ clock: manualClock({ auto: false }), parent: shutdown.signal });
    const { operation } = failing(error("throttled"));

    const result = retry(operation, context);
    const refused = expect(result).rejects.toMatchObject({ code: "throttled" });
    await new Promise(setImmediate);
    shutdown.abort();

    await refused;
  });
});

describe("longestWait", () => {
  it("is the error of the failure that asks for the most time, and the first of those that ask for none", () => {
    const errors = [error("timeout"), error("throttled", 10), error("throttled", 300), error("throttled", 20)];
    const failures = errors.map((error) => ({ error }));

    expect(longestWait(failures)).toBe(errors[2]);
    expect(longestWait(failures.slice(0, 1))).toBe(errors[0]);
    expect(longestWait([failures[0]!, { error: error("conflict") }])).toBe(errors[0]);
    expect(longestWait(failures.toReversed())).toBe(errors[2]);
  });
});
