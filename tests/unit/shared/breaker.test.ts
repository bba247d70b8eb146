import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../../shared/errors";
import { error, breakerSetting as setting } from "../../support/breaker";

describe("a circuit breaker", () => {
  it("is closed at first and hands results and errors through", async () => {
    const { breaker, run, told } = setting();
    const failure = error("timeout");

    expect(await run(7)).toBe(7);
    await expect(run(failure)).rejects.toBe(failure);
    expect(breaker.state).toBe("closed");
    expect(told).toEqual([]);
  });

  it("opens after 5 failures in a row, and not after 4", async () => {
    const { breaker, fail, run, calls, states } = setting();

    await fail(4);
    expect(breaker.state).toBe("closed");
    await fail(1);

    expect(breaker.state).toBe("open");
    expect(states()).toEqual(["open"]);
    await expect(run()).rejects.toMatchObject({ code: "circuit-open" });
    expect(calls.count).toBe(5);
  });

  it("starts counting again after a success", async () => {
    const { breaker, fail, run } = setting();

    await fail(4);
    await run();
    await fail(4);

    expect(breaker.state).toBe("closed");
  });

  it("opens after as many failures as it is told", async () => {
    const { breaker, fail } = setting({ failures: 2 });

    await fail(1);
    expect(breaker.state).toBe("closed");
    await fail(1);
    expect(breaker.state).toBe("open");
  });

  it("refuses with the time that is left, calling nothing, so that the source backs off", async () => {
    const { clock, fail, run, calls } = setting();
    await fail(5);
    await clock.advance(1_500);

    const refusal = run();

    await expect(refusal).rejects.toMatchObject({
      code: "circuit-open",
      stage: "infer",
      retryable: true,
      retryAfterMs: 3_500,
      message: "Not called: it failed 5 times in a row.",
    });
    expect(calls.count).toBe(5);
  });

  it.each(["cold-start", "deadline", "cancelled"] as const)("does not open for %s, however often", async (code) => {
    const { breaker, fail } = setting();

    await fail(50, code);

    expect(breaker.state).toBe("closed");
  });

  it.each(["cold-start", "deadline", "cancelled"] as const)("does not forget failures for %s either", async (code) => {
    const { breaker, fail } = setting();

    await fail(4);
    await fail(1, code);
    expect(breaker.state).toBe("closed");
    await fail(1);

    expect(breaker.state).toBe("open");
  });

  it.each(["throttled", "timeout", "unavailable", "credentials", "conflict"] as const)("opens for %s", async (code) => {
    const { breaker, fail } = setting();

    await fail(5, code);

    expect(breaker.state).toBe("open");
  });

  it("takes a record's own fault for a sign of life", async () => {
    const { breaker, fail } = setting();

    await fail(4);
    await fail(1, "model-input");
    await fail(4);

    expect(breaker.state).toBe("closed");
  });

  it("does not open for what nobody can classify: that may be the rows' doing", async () => {
    const { breaker, run, fail } = setting();

    await fail(50, "internal");
    for (let i = 0; i < 50; i++) await run(new TypeError("x is not a function")).catch(() => {});

    expect(breaker.state).toBe("closed");
  });

  it("does not open for a ConfigError, and hands it through", async () => {
    const { breaker, run } = setting();
    const mistake = new ConfigError("a", "b", "c");

    for (let i = 0; i < 50; i++) await expect(run(mistake)).rejects.toBe(mistake);

    expect(breaker.state).toBe("closed");
  });
});
