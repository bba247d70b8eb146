import type { IncomingMessage } from "node:http";
import { SluiceError } from "../../shared/errors";
import { readBody } from "../model-server/body";
import type { Visit } from "../model-server/gate";
import { Refusal } from "./refusal";

/** A request of `node:http`, or the same with what functions-framework has already read of it. */
export interface PushRequest extends IncomingMessage {
  /** The body's JSON. */
  body?: unknown;
  rawBody?: Uint8Array | undefined;
}

/** Pub/Sub takes messages of 10 MB, which are a third longer in base64, and attributes beside them. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The body of a push, as JSON.
 * @throws Refusal if it is none, or too long; SluiceError `cancelled` if the client goes away.
 */
export async function readPush(request: PushRequest, visit: Visit): Promise<unknown> {
  const { rawBody, body } = request;
  if (rawBody === undefined) return parsed(await read(request, visit));
  if (rawBody.length > MAX_BODY_BYTES) throw TOO_LONG();
  if (!visit.take(rawBody.length)) throw BUSY();
  // Unless the content type says JSON, the framework does not look into it.
  return isPlain(body) ? body : parsed(rawBody);
}

async function read(request: PushRequest, visit: Visit): Promise<Uint8Array> {
  try {
    return await readBody(request, MAX_BODY_BYTES, visit);
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === "oversize") throw TOO_LONG();
    if (thrown instanceof SluiceError && thrown.code === "throttled") throw BUSY();
    throw thrown;
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    throw new Refusal(400, "The body is not JSON.");
  }
}

function isPlain(body: unknown): body is object {
  return typeof body === "object" && body !== null && !(body instanceof Uint8Array);
}

const TOO_LONG = () => new Refusal(413, `The body is longer than ${MAX_BODY_BYTES} bytes.`);
const BUSY = () => new Refusal(429, "This instance holds as much as it can.");
