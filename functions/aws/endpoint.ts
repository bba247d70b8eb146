import { awsInfer } from "../../adapters/aws/infer";
import type { Inference } from "./inference";

/** The model at a SageMaker endpoint. */
export const inference: Inference = {
  mode: "endpoint",
  open: ({ pipeline, settings }) => awsInfer({ pipeline, endpointName: settings.endpoint ?? "" }),
};
