import type { HttpRequest, StubReply } from "./http-stub";

/** What a service answers, whosever it is; `number` counts its requests from 0. */
export type Answer = (request: HttpRequest, number: number) => StubReply | Promise<StubReply>;

/** A service that never answers, and a signal that aborts when it is called. */
export function abortedMidway(): { signal: AbortSignal; hang: () => StubReply } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    hang: () => {
      // A caller may give any reason; ours must not depend on it.
      controller.abort(new Error("shutdown"));
      return "hang";
    },
  };
}
