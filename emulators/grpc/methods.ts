import type { handleUnaryCall } from "@grpc/grpc-js";
import { asRpcError } from "./status";

/** Answers a request; the signal aborts when the caller does not wait any more. */
export type Method<Request, Response> = (request: Request, signal: AbortSignal) => Response | Promise<Response>;

/** A handler of grpc-js from a function: what it throws goes to the caller as a status. */
export function unary<Request, Response>(method: Method<Request, Response>): handleUnaryCall<Request, Response> {
  return (call, reply) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    Promise.resolve()
      .then(() => method(call.request, gone.signal))
      .then(
        (response) => reply(null, response),
        (thrown: unknown) => reply(asRpcError(thrown)),
      );
  };
}
