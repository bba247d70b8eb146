import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import type { Pipeline } from "../../shared/pipeline";
import type { Infer } from "../../shared/ports";
import { createEndpointInfer, RESPONSE_TYPE } from "../endpoint";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import { invokeError } from "./infer/errors";

export interface AwsInferOptions extends ClientOptions {
  pipeline: Pipeline;
  /** The SageMaker endpoint that runs our model server. */
  endpointName: string;
  client?: SageMakerRuntimeClient | undefined;
  /** Longest request and longest answer, bytes. Default 4 MB, what a serverless endpoint passes on. */
  maxRequestBytes?: number | undefined;
  /** Most rows that the server takes in one request. Default: what ours does. */
  maxRows?: number | undefined;
}

/** Inference by a SageMaker endpoint. */
export interface AwsInfer extends Infer {
  /** The SDK's client in use. */
  readonly client: SageMakerRuntimeClient;
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html; less than 4 MiB, for they do not say which. */
const SERVERLESS_MAX_BYTES = 4_000_000;

/** A first request may wait for its container to start. The batch's own deadline ends it earlier where it has to. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The engine retries, with the batch's deadline in view. More attempts here would multiply with its own. */
const MAX_ATTEMPTS = 1;

/** One InvokeEndpoint per micro-batch. See `createEndpointInfer` for what it throws. */
export function awsInfer(options: AwsInferOptions): AwsInfer {
  const { pipeline, endpointName, maxRequestBytes = SERVERLESS_MAX_BYTES, maxRows } = options;
  const client = lazyClient(options.client, () => openClient(options));

  const infer = createEndpointInfer({
    pipeline,
    adapter: "aws/infer",
    where: `SageMaker endpoint "${endpointName}"`,
    maxRequestBytes,
    maxRows,
    send: async (Body, ContentType, abortSignal) => {
      const command = new InvokeEndpointCommand({
        EndpointName: endpointName,
        Body,
        ContentType,
        Accept: RESPONSE_TYPE,
      });
      try {
        const answer = await client.get().send(command, abortSignal === undefined ? {} : { abortSignal });
        return answer.Body ?? new Uint8Array();
      } catch (thrown) {
        throw invokeError(thrown, endpointName);
      }
    },
    close: client.close,
  });

  return {
    ...infer,
    get client() {
      return client.get();
    },
  };
}

function openClient(options: AwsInferOptions): SageMakerRuntimeClient {
  const { region, endpoint, requestTimeoutMs = REQUEST_TIMEOUT_MS, maxAttempts = MAX_ATTEMPTS } = options;
  return new SageMakerRuntimeClient(clientConfig({ region, endpoint, requestTimeoutMs, maxAttempts }));
}
