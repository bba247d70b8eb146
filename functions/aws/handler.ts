import type { Pipeline } from "../../shared/pipeline";
import { createHandler, type Handler } from "./compose";
import type { Inference } from "./inference";
import { readSettings } from "./settings";

export interface FunctionOptions {
  pipeline: Pipeline;
  inference: Inference;
  /** The folder of the function's files. */
  root: string;
}

/** What the bundle's entry awaits while Lambda starts the environment: from its variables to a handler that is warm. */
export function openHandler({ pipeline, inference, root }: FunctionOptions): Promise<Handler> {
  const settings = readSettings(process.env, inference.mode);
  const infer = inference.open({ pipeline, settings, root });
  return createHandler({ pipeline, settings, infer });
}
