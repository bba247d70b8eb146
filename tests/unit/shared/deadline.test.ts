import { describe, expect, it } from "@jest/globals";
import { createDeadline, type DeadlineOptions } from "../../../shared/deadline";
import { SluiceError } from "../../../shared/errors";
import { manualClock, settled } from "../../support/manual-clock";
import { gate, hanging, listeners } from "../../support/promises";

function setting(within: number | undefined, options: Partial<DeadlineOptions> = {}) {
  const clock = manualClock({ auto: false });
  const at = within === undefined ? undefined : clock.now() + within;
  return { clock, deadline: createDeadline({ clock, at, reserveMs: 1_000, ...options }) };
}

/** What became of a promise so far. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  return Promise.race([
    promise.then(
      () => "kept",
      (error) => (error as SluiceError).code,
    ),
    settled().then(() => "open"),
  ]);
}

describe("without anything that could end the batch early", () => {
  it("has all the time there is and no signal", async () => {
    const { clock, deadline } = setting(undefined);

    expect(deadline.signal).toBeUndefined();
    expect(deadline.remainingMs()).toBe(Number.POSITIVE_INFINITY);
    expect(() => deadline.check("store")).not.toThrow();
    expect(await deadline.race(Promise.resolve(7), "store")).toBe(7);
    deadline.dispose();
    expect(clock.sleepers()).toBe(0);
  });
});

describe("a deadline", () => {
  it("keeps the reserve back for the answer", async () => {
    const { clock, deadline } = setting(5_000);

    expect(deadline.remainingMs()).toBe(4_000);
    await clock.advance(3_999);
    expect(deadline.remainingMs()).toBe(1);
    expect(deadline.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.remainingMs()).toBe(0);
    expect(deadline.signal?.aborted).toBe(true);
  });

  it("has used up its time from the start where the reserve is all there is", () => {
    for (const within of [1_000, 999, 0, -60_000]) {
      const { clock, deadline } = setting(within);

      expect(deadline.remainingMs()).toBe(0);
      expect(() => deadline.check("infer")).toThrow(expect.objectContaining({ code: "deadline", stage: "infer" }));
      expect(clock.sleepers()).toBe(0);
    }
  });

  it("holds without a free event loop: work that never waits lets no timer fire", async () => {
    const { clock, deadline } = setting(5_000);

    clock.block(4_000);

    expect(deadline.signal?.aborted).toBe(false);
    expect(() => deadline.check("store")).toThrow(expect.objectContaining({ code: "deadline" }));
    expect(deadline.signal?.aborted).toBe(true);
    expect(await stateOf(deadline.race(hanging(), "store"))).toBe("deadline");
  });

  it("looks at the time before it lets an operation race", async () => {
    const { clock, deadline } = setting(5_000);
    clock.block(4_000);

    const racing = deadline.race(Promise.resolve("late"), "store");

    expect(await stateOf(racing)).toBe("deadline");
  });

  it("is never negative, however late its timer", () => {
    const { clock, deadline } = setting(5_000);

    clock.block(60_000);

    expect(deadline.remainingMs()).toBe(0);
  });

  it.each([3_600_000, -3_600_000])("does not move when the wall clock jumps by %i ms", async (jump) => {
    const { clock, deadline } = setting(5_000);

    clock.jump(jump);

    expect(deadline.remainingMs()).toBe(4_000);
    await clock.advance(3_999);
    expect(deadline.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal?.aborted).toBe(true);
  });

  it("says which stage it stopped, that time ran out, and that the event may come again", async () => {
    const { clock, deadline } = setting(2_000);
    await clock.advance(1_000);

    const check = () => deadline.check("actions");

    expect(check).toThrow(SluiceError);
    expect(deadline.signal?.reason).toMatchObject({ code: "deadline", stage: "engine" });
    expect(check).toThrow(
      expect.objectContaining({
        code: "deadline",
        stage: "actions",
        retryable: true,
        message: "The time for this batch is used up.",
      }),
    );
  });

  it("ends an operation that ignores the signal in the very moment", async () => {
    const { clock, deadline } = setting(2_000);
    const racing = deadline.race(hanging(), "infer");

    expect(await stateOf(racing)).toBe("open");
    await clock.advance(1_000);

    expect(await stateOf(racing)).toBe("deadline");
  });

  it("lets an operation that is in time answer or fail by itself", async () => {
    const { deadline } = setting(2_000);
    const failure = new Error("its own");

    expect(await deadline.race(Promise.resolve("answer"), "infer")).toBe("answer");
    await expect(deadline.race(Promise.reject(failure), "infer")).rejects.toBe(failure);
  });

  it("does not let a late failure of an abandoned operation go unhandled", async () => {
    const { clock, deadline } = setting(2_000);
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const [during, after] = [gate(), gate()];

    const racing = [deadline.race(during.promise, "infer")];
    await clock.advance(1_000);
    racing.push(deadline.race(after.promise, "infer"));
    const states = racing.map(stateOf);
    during.fail(new Error("late"));
    after.fail(new Error("later"));
    await settled();
    process.off("unhandledRejection", listen);

    expect(await Promise.all(states)).toEqual(["deadline", "deadline"]);
    expect(unhandled).toEqual([]);
  });

  it("ends its timer when the batch is done", async () => {
    const { clock, deadline } = setting(5_000);
    expect(clock.sleepers()).toBe(1);

    deadline.dispose();
    await clock.advance(10_000);

    expect(clock.sleepers()).toBe(0);
    expect(deadline.signal?.aborted).toBe(false);
  });
});

describe.each([
  ["with a deadline", 5_000],
  ["without a deadline", undefined],
])("a shutdown %s", (_, within) => {
  it("stops the work within the tick", async () => {
    const host = new AbortController();
    const { deadline } = setting(within, { parent: host.signal });
    expect(() => deadline.check("store")).not.toThrow();
    const racing = deadline.race(hanging(), "store");
    const state = racing.catch((error: SluiceError) => error);

    host.abort(new Error("SIGTERM"));

    expect(deadline.signal?.aborted).toBe(true);
    expect(deadline.remainingMs()).toBe(0);
    expect(() => deadline.check("store")).toThrow(expect.objectContaining({ code: "cancelled", stage: "store" }));
    expect(await state).toMatchObject({ code: "cancelled", stage: "store", message: "The host is shutting down." });
    expect(((await state) as SluiceError).cause).toEqual(new Error("SIGTERM"));
  });

  it("that came before stops everything from the start", async () => {
    const { clock, deadline } = setting(within, { parent: AbortSignal.abort("SIGINT") });

    expect(deadline.remainingMs()).toBe(0);
    expect(() => deadline.check("decode")).toThrow(expect.objectContaining({ code: "cancelled", cause: "SIGINT" }));
    expect(await stateOf(deadline.race(hanging(), "decode"))).toBe("cancelled");
    expect(clock.sleepers()).toBe(0);
  });

  it("has all the time until then", () => {
    const { deadline } = setting(within, { parent: new AbortController().signal });

    expect(deadline.remainingMs()).toBe(within === undefined ? Number.POSITIVE_INFINITY : within - 1_000);
  });

  it("after the batch is done concerns it no more, and leaves no listener behind", async () => {
    const host = new AbortController();
    const before = listeners(host.signal);
    const { deadline } = setting(within, { parent: host.signal });
    await deadline.race(Promise.resolve(), "store");
    await settled();

    deadline.dispose();

    expect(listeners(host.signal)).toBe(before);
    if (within !== undefined) {
      host.abort();
      expect(deadline.signal?.aborted).toBe(false);
    }
  });
});

describe("the first to end the batch", () => {
  it("gives the reason: a shutdown after the deadline changes nothing", async () => {
    const host = new AbortController();
    const { clock, deadline } = setting(2_000, { parent: host.signal });

    await clock.advance(1_000);
    host.abort();

    expect(() => deadline.check("store")).toThrow(expect.objectContaining({ code: "deadline" }));
  });

  it("gives the reason: a deadline after the shutdown changes nothing", async () => {
    const host = new AbortController();
    const { clock, deadline } = setting(2_000, { parent: host.signal });

    host.abort();
    await clock.advance(1_000);

    expect(() => deadline.check("store")).toThrow(expect.objectContaining({ code: "cancelled" }));
  });
});
