import type { GcpCredentials } from "../../adapters/gcp/client";
import type { InferenceOptions as CommonOptions, SharedInference } from "../inference";
import type { Settings } from "./settings";

export type Inference = SharedInference<InferenceOptions>;

export interface InferenceOptions extends CommonOptions<Settings> {
  /** Shared by all that the function calls. */
  credentials: GcpCredentials;
}
