import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Clock, definePipeline, type Infer } from "sluice";
import * as z from "zod";
import { awsInfer } from "../../../adapters/aws/infer";
import { openSageMaker } from "../../../emulators/aws/sagemaker";
import { type HttpFaults, openHttpFaults } from "../../../emulators/http-faults";
import { openTcpProxy, type TcpProxy } from "../../../emulators/tcp-proxy";
import { startModelServer } from "../../../functions/model-server/server";
import { modelPath } from "../models";

/** The adapter for a serverless endpoint, and each place on the way to its model where harm can be done. */
export interface ModelEndpoint {
  readonly infer: Infer;
  /** Between the adapter and everything else. */
  readonly network: TcpProxy;
  /** In front of SageMaker. */
  readonly service: HttpFaults;
  /** Between SageMaker and the model server. */
  readonly container: HttpFaults;
  close(): Promise<void>;
}

export interface ModelEndpointOptions {
  /** How long SageMaker says that the model is not ready, milliseconds. Default 0. */
  coldStartMs?: number;
  clock?: Clock;
}

const ENDPOINT = "model";

/** What the model server's model can score: its four features are the event's amount and three zeros. */
export const endpointPipeline = definePipeline({
  name: "endpoint-pipeline",
  event: z.object({ id: z.string(), key: z.string(), at: z.number(), amount: z.number() }),
  id: (event) => event.id,
  key: (event) => event.key,
  time: (event) => event.at,
  features: { amount: (event) => event.amount, b: () => 0, c: () => 0, d: () => 0 },
  model: { file: "linear.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

export async function openModelEndpoint({ coldStartMs, clock }: ModelEndpointOptions = {}): Promise<ModelEndpoint> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-endpoint-"));
  copyFileSync(modelPath("linear"), path.join(folder, "model.onnx"));
  const server = await startModelServer({ modelDirs: [folder] });
  await server.ready;
  const container = await openHttpFaults({ target: server.url });
  const sagemaker = await openSageMaker({ endpoints: { [ENDPOINT]: container.endpoint }, coldStartMs, clock });
  const service = await openHttpFaults({ target: sagemaker.endpoint });
  const network = await openTcpProxy({ target: service.endpoint });
  const infer = awsInfer({
    pipeline: endpointPipeline,
    endpointName: ENDPOINT,
    region: "us-east-1",
    endpoint: network.endpoint,
  });

  return {
    infer,
    network,
    service,
    container,
    close: async () => {
      await infer.close();
      for (const hop of [network, service, sagemaker, container]) await hop.close();
      await server.close(0);
      rmSync(folder, { recursive: true });
    },
  };
}
