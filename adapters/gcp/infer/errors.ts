import type { SluiceError } from "../../../shared/errors";
import { refusedBy } from "../../endpoint";
import { gcpError } from "../errors";

const ADAPTER = "gcp/infer";

/** How Vertex AI and its proxies say, with status 400, that a request is too long. */
const TOO_LONG = /\b(?:payload|request) size\b|too large/i;

/** What a failed request means; Vertex AI wraps up what our own server says. */
export function invokeError(thrown: unknown, endpoint: string): SluiceError {
  const coordinates = { endpoint };
  const error = gcpError(thrown, { stage: "infer", adapter: ADAPTER, coordinates });
  return refusedBy({ thrown, error, adapter: ADAPTER, coordinates, tooLong: TOO_LONG });
}
