import type { IncomingMessage } from "node:http";
import {
  type Answer,
  decodeJsonRequest,
  decodeRequest,
  encodeJsonResponse,
  encodeResponse,
  isBinaryRequest,
  RESPONSE_TYPE,
} from "../../adapters/endpoint";
import { SluiceError } from "../../shared/errors";
import type { Infer, ModelInfo } from "../../shared/ports";

const JSON_TYPE = "application/json";

/** A prediction as it goes out. */
export interface Reply {
  type: string;
  body: Uint8Array | string;
}

export interface PredictOptions {
  infer: Infer;
  info: ModelInfo;
  maxRows: number;
}

/**
 * One request's body to its answer. The body says itself whether it is binary, whatever its content type. The answer has
 * the form of the request unless `Accept` names the other one.
 * @throws SluiceError `model-input`, `oversize` and `model-output` if the request is to blame.
 */
export async function predict(
  body: Uint8Array,
  accept: IncomingMessage["headers"]["accept"],
  signal: AbortSignal,
  { infer, info, maxRows }: PredictOptions,
): Promise<Reply> {
  const binary = isBinaryRequest(body);
  const features = binary ? decodeRequest(body) : decodeJsonRequest(body, info.width);
  const { rows } = features;
  if (rows > maxRows)
    throw new SluiceError("oversize", "infer", `The request has ${rows} rows; this server takes ${maxRows} at once.`);
  // The rows of others may join these; a wrong width must not fail them all.
  if (features.width !== info.width)
    throw new SluiceError(
      "model-input",
      "infer",
      `Rows have ${features.width} features; this model takes ${info.width}.`,
    );
  const answer: Answer = {
    model: info.version,
    width: info.width,
    rows,
    outputs: await infer.infer(features, { signal }),
  };
  return wantsBinary(binary, accept)
    ? { type: RESPONSE_TYPE, body: encodeResponse(answer) }
    : { type: JSON_TYPE, body: encodeJsonResponse(answer) };
}

function wantsBinary(binary: boolean, accept = ""): boolean {
  if (accept.includes(RESPONSE_TYPE)) return true;
  return binary && !accept.includes(JSON_TYPE);
}
