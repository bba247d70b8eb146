import { describe, expect, it } from "@jest/globals";
import { systemClock, systemRandom } from "../../../adapters/system";

describe("systemClock", () => {
  it("tells the wall time in milliseconds since 1970, and a time that only grows", () => {
    const before = Date.now();

    const [now, first, second] = [systemClock.now(), systemClock.monotonic(), systemClock.monotonic()];

    expect(now).toBeGreaterThanOrEqual(before);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  it("wakes up by itself", async () => {
    await expect(systemClock.sleep(0)).resolves.toBeUndefined();
    await expect(systemClock.sleep(-1, new AbortController().signal)).resolves.toBeUndefined();
  });

  it("rejects with the signal's reason as soon as it aborts, also if it has already", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");

    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);

    await expect(sleep).rejects.toBe(reason);
    await expect(systemClock.sleep(0, controller.signal)).rejects.toBe(reason);
  });

  it("does not wake at once from a sleep that is longer than a timer can count", async () => {
    const controller = new AbortController();
    let awake = false;

    const sleep = systemClock.sleep(1e12, controller.signal).then(
      () => {
        awake = true;
      },
      () => {},
    );
    await systemClock.sleep(5);
    controller.abort();
    await sleep;

    expect(awake).toBe(false);
  });
});

describe("systemRandom", () => {
  it("gives numbers from 0 to 1", () => {
    const numbers = Array.from({ length: 100 }, systemRandom);

    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(90);
  });
});
