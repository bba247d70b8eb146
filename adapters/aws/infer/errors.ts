import type { ModelError } from "@aws-sdk/client-sagemaker-runtime";
import type { SluiceError } from "../../../shared/errors";
import { serverError } from "../../endpoint";
import { awsError } from "../errors";

const ADAPTER = "aws/infer";

/**
 * What a failed InvokeEndpoint means. A ModelError passes on what our own server said; everything else is SageMaker's.
 * Status 0, or none, is a container that gave no answer within 60 s.
 */
export function invokeError(thrown: unknown, endpoint: string): SluiceError {
  const coordinates = { endpoint };
  if (!isModelError(thrown)) return awsError(thrown, { stage: "infer", adapter: ADAPTER, coordinates });
  return serverError({
    status: thrown.OriginalStatusCode ?? 0,
    body: thrown.OriginalMessage,
    adapter: ADAPTER,
    coordinates,
    cause: thrown,
  });
}

/** By name, for an injected client may come from another copy of the SDK. */
function isModelError(thrown: unknown): thrown is ModelError {
  return thrown instanceof Error && thrown.name === "ModelError";
}
