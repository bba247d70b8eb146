import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../../../shared/errors";
import { error, breakerSetting as setting } from "../../../support/breaker";
import { gate } from "../../../support/promises";

const COOL_DOWN = 5_000;

describe("an open breaker", () => {
  it("sends exactly one probe once it has cooled down, and refuses the rest meanwhile", async () => {
    const { clock, breaker, calls, fail, run, states } = setting();
    await fail(5);
    await clock.advance(COOL_DOWN);
    const answer = gate<string>();

    const probe = breaker.run(() => answer.promise);
    const others = await Promise.allSettled([run(), run(), run()]);

    expect(breaker.state).toBe("half-open");
    expect(others.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(calls.count).toBe(5);
    answer.open("up");
    expect(await probe).toBe("up");
    expect(breaker.state).toBe("closed");
    expect(await run("again")).toBe("again");
    expect(states()).toEqual(["open", "half-open", "closed"]);
  });

  it("sends no probe a millisecond early", async () => {
    const { clock, breaker, fail, run } = setting();
    await fail(5);

    await clock.advance(COOL_DOWN - 1);
    await expect(run()).rejects.toMatchObject({ code: "circuit-open", retryAfterMs: 1 });
    expect(breaker.state).toBe("open");
    await clock.advance(1);

    expect(await run()).toBe("ok");
    expect(breaker.state).toBe("closed");
  });

  it("cools down as long as it is told", async () => {
    const { clock, fail, run } = setting({ coolDownMs: 100 });
    await fail(5);

    await clock.advance(99);
    await expect(run()).rejects.toMatchObject({ code: "circuit-open" });
    await clock.advance(1);

    expect(await run()).toBe("ok");
  });

  it.each(["unavailable", "cold-start", "deadline", "cancelled"] as const)(
    "stays open as long again when the probe ends in %s",
    async (code) => {
      const { clock, breaker, fail, run, states } = setting();
      await fail(5);
      await clock.advance(COOL_DOWN);

      await fail(1, code);

      expect(breaker.state).toBe("open");
      await clock.advance(COOL_DOWN - 1);
      await expect(run()).rejects.toMatchObject({ code: "circuit-open" });
      await clock.advance(1);
      expect(await run()).toBe("ok");
      expect(states()).toEqual(["open", "half-open", "open", "half-open", "closed"]);
    },
  );

  it("closes when the probe is refused for its rows: the other side is up", async () => {
    const { clock, breaker, fail } = setting();
    await fail(5);
    await clock.advance(COOL_DOWN);

    await fail(1, "model-input");

    expect(breaker.state).toBe("closed");
    await fail(4);
    expect(breaker.state).toBe("closed");
  });

  it("is not stuck when the probe ends in a ConfigError", async () => {
    const { clock, breaker, fail, run } = setting();
    await fail(5);
    await clock.advance(COOL_DOWN);

    await expect(run(new ConfigError("a", "b", "c"))).rejects.toThrow(ConfigError);
    await clock.advance(COOL_DOWN);

    expect(await run("up")).toBe("up");
    expect(breaker.state).toBe("closed");
  });

  it("needs as many failures as before once it has closed", async () => {
    const { clock, breaker, fail, run } = setting();
    await fail(5);
    await clock.advance(COOL_DOWN);
    await run();

    await fail(4);
    expect(breaker.state).toBe("closed");
    await fail(1);

    expect(breaker.state).toBe("open");
  });

  it("does not look at the wall clock", async () => {
    const { clock, fail, run } = setting();
    await fail(5);

    clock.jump(3_600_000);

    await expect(run()).rejects.toMatchObject({ code: "circuit-open", retryAfterMs: COOL_DOWN });
  });

  it("names its stage in telemetry", async () => {
    const { fail, told } = setting({ stage: "store" });

    await fail(5);

    expect(told).toEqual([{ type: "breaker", stage: "store", state: "open" }]);
  });
});

describe("an answer that comes late, from before the breaker opened", () => {
  /** An open breaker, and a call that is still under way. */
  async function lateSetting() {
    const all = setting();
    const answer = gate<string>();
    const late = all.breaker.run(() => answer.promise);
    await all.fail(5);
    return { ...all, answer, late };
  }

  it("closes it at once where it is a success: the other side is up", async () => {
    const { breaker, answer, late, run } = await lateSetting();

    answer.open("late");

    expect(await late).toBe("late");
    expect(breaker.state).toBe("closed");
    expect(await run("next")).toBe("next");
  });

  it("lets it cool down from the start where it is a failure, and tells nobody twice", async () => {
    const { clock, answer, late, run, states } = await lateSetting();
    await clock.advance(COOL_DOWN - 1);

    answer.fail(error("timeout"));
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    await clock.advance(1);

    await expect(run()).rejects.toMatchObject({ code: "circuit-open", retryAfterMs: COOL_DOWN - 1 });
    expect(states()).toEqual(["open"]);
  });

  it("leaves it open where it says nothing of the other side, and the probe still decides", async () => {
    const { clock, breaker, answer, late, fail, states } = await lateSetting();

    answer.fail(new TypeError("x"));
    await expect(late).rejects.toThrow(TypeError);
    expect(breaker.state).toBe("open");
    await clock.advance(COOL_DOWN);
    await fail(1, "cold-start");

    expect(breaker.state).toBe("open");
    expect(states()).toEqual(["open", "half-open", "open"]);
  });
});
