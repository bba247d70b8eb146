import type { Clock } from "sluice";
import { awsInfer } from "../../../adapters/aws/infer";
import { openSageMaker } from "../../../emulators/aws/sagemaker";
import { endpointPipeline, type ModelEndpoint, openModelEndpoint } from "../model-endpoint";

export interface ServerlessOptions {
  /** How long SageMaker says that the model is not ready, milliseconds. Default 0. */
  coldStartMs?: number;
  clock?: Clock;
}

const ENDPOINT = "model";

/** Our model server behind a serverless endpoint of SageMaker. */
export function openServerlessEndpoint({ coldStartMs, clock }: ServerlessOptions = {}): Promise<ModelEndpoint> {
  return openModelEndpoint({
    front: (url) => openSageMaker({ endpoints: { [ENDPOINT]: url }, coldStartMs, clock }),
    infer: (endpoint) =>
      awsInfer({ pipeline: endpointPipeline, endpointName: ENDPOINT, region: "us-east-1", endpoint }),
    clock,
  });
}
