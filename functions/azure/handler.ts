import { azureCredentials } from "../../adapters/azure/client";
import type { Pipeline } from "../../shared/pipeline";
import type { Handler } from "./batches";
import { createHandler } from "./compose";
import type { Inference } from "./inference";
import { readSettings } from "./settings";

export interface FunctionOptions {
  pipeline: Pipeline;
  inference: Inference;
  /** The folder of the function's files. */
  root: string;
  /** Aborts when the host ends the process. */
  signal: AbortSignal;
}

/** What the launcher awaits before the first batch: from the app's settings to a handler that is warm. */
export async function openHandler({ pipeline, inference, root, signal }: FunctionOptions): Promise<Handler> {
  const settings = readSettings(process.env, inference.mode);
  const credentials = azureCredentials();
  const infer = inference.open({ pipeline, settings, root, credentials });
  return createHandler({ pipeline, settings, infer, maxInFlight: inference.maxInFlight, credentials, signal });
}
