import type { Pipeline } from "../../shared/pipeline";
import type { Infer } from "../../shared/ports";
import type { InferenceMode, Settings } from "./settings";

/** Where the model runs. A function is bundled with one of these, so that it carries no code of the other. */
export interface Inference {
  mode: InferenceMode;
  open(options: InferenceOptions): Infer;
}

export interface InferenceOptions {
  pipeline: Pipeline;
  settings: Settings;
  /** The folder of the function's files. */
  root: string;
}
