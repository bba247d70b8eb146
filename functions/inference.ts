import type { Pipeline } from "../shared/pipeline";
import type { Infer } from "../shared/ports";
import type { InferenceMode } from "./environment";

/** Where the model runs. A function is bundled with one of these, so that it carries no code of the other. */
export interface Inference<Options> {
  mode: InferenceMode;
  open(options: Options): Infer;
}

/** The same in a function that works on several deliveries at a time. */
export interface SharedInference<Options> extends Inference<Options> {
  /**
   * Calls of the model under way at once: behind them, the calls of other deliveries gather into one. In process each call
   * has the CPU for itself; an endpoint has several instances, or starts them when it is asked for more.
   */
  maxInFlight: number;
}

export interface InferenceOptions<Settings> {
  pipeline: Pipeline;
  settings: Settings;
  /** The folder of the function's files. */
  root: string;
}
