import type { IncomingMessage, ServerResponse } from "node:http";

export interface Departure {
  /** Aborts when the client goes away before its answer, or on shutdown: what nobody acknowledges comes again anyway. */
  readonly signal: AbortSignal;
  dispose(): void;
}

export function watchDeparture(request: IncomingMessage, response: ServerResponse, shutdown: AbortSignal): Departure {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
    // Whoever still sends would keep us waiting for the rest.
    if (!request.complete) request.destroy();
  };
  if (shutdown.aborted) stop();
  response.once("close", stop);
  shutdown.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    dispose() {
      response.off("close", stop);
      shutdown.removeEventListener("abort", stop);
    },
  };
}
