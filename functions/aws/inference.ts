import type { Inference as InferenceOf, InferenceOptions } from "../inference";
import type { Settings } from "./settings";

export type Inference = InferenceOf<InferenceOptions<Settings>>;
