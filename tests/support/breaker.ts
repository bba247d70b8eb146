import { type BreakerOptions, createBreaker } from "../../shared/breaker";
import { type ErrorCode, SluiceError } from "../../shared/errors";
import type { TelemetryEvent } from "../../shared/telemetry";
import { manualClock } from "./manual-clock";

/** A breaker, calls through it that succeed or fail as told, and what it told. */
export function breakerSetting(options: Partial<BreakerOptions> = {}) {
  const clock = manualClock({ auto: false });
  const told: TelemetryEvent[] = [];
  const breaker = createBreaker({ clock, stage: "infer", telemetry: (event) => told.push(event), ...options });
  const calls = { count: 0 };
  const run = (outcome: unknown = "ok") =>
    breaker.run(async () => {
      calls.count++;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    });
  const fail = async (times: number, code: ErrorCode = "unavailable") => {
    for (let i = 0; i < times; i++) await run(error(code)).catch(() => {});
  };
  const states = () => told.map((event) => event.type === "breaker" && event.state);
  return { clock, told, breaker, calls, run, fail, states };
}

export const error = (code: ErrorCode) => new SluiceError(code, "infer", "x");
