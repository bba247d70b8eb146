import { gcpCredentials } from "../../adapters/gcp/client";
import type { Pipeline } from "../../shared/pipeline";
import { createHandler } from "./compose";
import type { Inference } from "./inference";
import type { PushHandler } from "./requests";
import { readSettings } from "./settings";

export { runServer } from "./server";
export { endWithoutLoss } from "./shutdown";

export interface FunctionOptions {
  pipeline: Pipeline;
  inference: Inference;
  /** The folder of the function's files. */
  root: string;
}

/** What the bundle's entry awaits while Cloud Run starts the instance: from its variables to a handler that is warm. */
export function openHandler({ pipeline, inference, root }: FunctionOptions): Promise<PushHandler> {
  const settings = readSettings(process.env, inference.mode);
  const credentials = gcpCredentials();
  const infer = inference.open({ pipeline, settings, root, credentials });
  return createHandler({ pipeline, settings, infer, maxInFlight: inference.maxInFlight, credentials });
}
