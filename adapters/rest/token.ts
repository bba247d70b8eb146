import type { Clock } from "../../shared/clock";
import { orAborted } from "./within";

export interface Token {
  value: string;
  /** How long it may be used, milliseconds. */
  lifetimeMs: number;
}

export interface TokenKeeperOptions {
  clock: Clock;
  /** A token must outlast the call that it goes out with: so long before its end there is a new one, milliseconds. */
  marginMs: number;
}

/** A token as it is handed out. */
export interface HeldToken {
  value: string;
  /** Milliseconds since 1970. */
  endsAt: number;
}

export interface TokenKeeper {
  get(signal: AbortSignal | undefined): Promise<HeldToken>;
}

/** Holds a token while it lasts, and makes it once for all who wait. One caller that gives up takes nothing from the others. */
export function tokenKeeper(make: () => Promise<Token>, { clock, marginMs }: TokenKeeperOptions): TokenKeeper {
  let held: HeldToken = { value: "", endsAt: Number.NEGATIVE_INFINITY };
  let underWay: Promise<HeldToken> | undefined;
  const renew = async () => {
    try {
      const { value, lifetimeMs } = await make();
      held = { value, endsAt: clock.now() + lifetimeMs };
      return held;
    } finally {
      underWay = undefined;
    }
  };
  return {
    get: async (signal) => {
      if (clock.now() < held.endsAt - marginMs) return held;
      underWay ??= renew();
      return orAborted(underWay, signal);
    },
  };
}
