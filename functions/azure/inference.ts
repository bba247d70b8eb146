import type { AzureCredentials } from "../../adapters/azure/client";
import type { Pipeline } from "../../shared/pipeline";
import type { Infer } from "../../shared/ports";
import type { InferenceMode, Settings } from "./settings";

/** Where the model runs. A function is bundled with one of these, so that it carries no code of the other. */
export interface Inference {
  mode: InferenceMode;
  /**
   * Calls of the model under way at once: behind them, the calls of other partitions gather into one. In process each call
   * has the CPU for itself; an endpoint has several instances, or starts them when it is asked for more.
   */
  maxInFlight: number;
  open(options: InferenceOptions): Infer;
}

export interface InferenceOptions {
  pipeline: Pipeline;
  settings: Settings;
  /** The folder of the function's files. */
  root: string;
  /** Shared by all that the function calls. */
  credentials: AzureCredentials;
}
