import type { AzureCredentials } from "../../adapters/azure/client";
import type { InferenceOptions as CommonOptions, SharedInference } from "../inference";
import type { Settings } from "./settings";

export type Inference = SharedInference<InferenceOptions>;

export interface InferenceOptions extends CommonOptions<Settings> {
  /** Shared by all that the function calls. */
  credentials: AzureCredentials;
}
