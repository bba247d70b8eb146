import type { IncomingMessage } from "node:http";
import { SluiceError } from "../../shared/errors";
import type { Visit } from "./gate";

/**
 * A request's whole body. What is over the limit is read and thrown away, so that the client gets to read our answer.
 * @throws SluiceError `oversize` over the limit, as soon as that is known; `throttled` if the server holds too much already;
 * `cancelled` if the client goes away.
 */
export function readBody(request: IncomingMessage, limit: number, visit: Visit): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Buffer[] = [];
  let length = 0;

  const giveUp = (error: SluiceError) => {
    request.off("data", onData).resume();
    chunks.length = 0;
    reject(error);
  };
  const onData = (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) giveUp(oversize(limit));
    else if (!visit.take(chunk.length)) giveUp(new SluiceError("throttled", "infer", "The server is busy."));
    else chunks.push(chunk);
  };

  request.on("data", onData);
  request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  request.on("close", () => {
    // Every request closes in the end.
    if (!request.complete) reject(new SluiceError("cancelled", "infer", "The client went away."));
  });
  request.on("error", () => {});
  if (Number(request.headers["content-length"]) > limit) giveUp(oversize(limit));
  return promise;
}

function oversize(limit: number): SluiceError {
  return new SluiceError("oversize", "infer", `The body is longer than ${limit} bytes. Send fewer rows per request.`);
}
