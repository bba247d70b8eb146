import type { Clock } from "./clock";
import { ConfigError, SluiceError, type Stage, toSluiceError } from "./errors";
import type { Telemetry } from "./telemetry";

export interface BreakerOptions {
  clock: Clock;
  stage: Stage;
  telemetry: Telemetry;
  /** Failures in a row that open it. */
  failures?: number;
  /** Milliseconds it stays open before one probe may pass. */
  coolDownMs?: number;
}

export interface Breaker {
  /** Runs the operation, or throws `circuit-open` at once while the other side is known to be down. */
  run<T>(operation: () => Promise<T>): Promise<T>;
  readonly state: "open" | "half-open" | "closed";
}

/**
 * A circuit breaker: after some failures in a row nothing is called for a while, so that the source backs off instead of
 * burning its retry budget; then exactly one probe decides. Only failures of the other side count: a record's own fault,
 * a deadline of ours and a cold start do not open it.
 */
export function createBreaker({ clock, stage, telemetry, failures = 5, coolDownMs = 5_000 }: BreakerOptions): Breaker {
  let inARow = 0;
  let openUntil = 0;
  let state: Breaker["state"] = "closed";

  return {
    get state() {
      return state;
    },
    async run(operation) {
      if (state === "half-open" || (state === "open" && clock.monotonic() < openUntil)) throw refused();
      if (state === "open") enter("half-open");
      try {
        const result = await operation();
        inARow = 0;
        if (state !== "closed") enter("closed");
        return result;
      } catch (thrown) {
        failed(thrown);
        throw thrown;
      }
    },
  };

  function failed(thrown: unknown): void {
    const error = thrown instanceof ConfigError ? undefined : toSluiceError(thrown, stage);
    if (error === undefined || !error.retryable || error.code === "internal") {
      // The other side answered, or we cannot say that it did not: it is not known to be down.
      inARow = 0;
      if (state === "half-open") enter("closed");
      return;
    }
    const { code } = error;
    const counts = code !== "cold-start" && code !== "deadline" && code !== "cancelled";
    if (counts) inARow++;
    if (state === "half-open" || inARow >= failures) open();
  }

  function open(): void {
    openUntil = clock.monotonic() + coolDownMs;
    enter("open");
  }

  function enter(next: Breaker["state"]): void {
    if (state === next) return;
    state = next;
    telemetry({ type: "breaker", stage, state });
  }

  function refused(): SluiceError {
    const waitMs = Math.max(0, openUntil - clock.monotonic());
    return new SluiceError("circuit-open", stage, `Not called: it failed ${failures} times in a row.`, {
      retryAfterMs: waitMs,
    });
  }
}
