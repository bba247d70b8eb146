import { type Clock, definePipeline, type Infer } from "sluice";
import * as z from "zod";
import { type HttpFaults, openHttpFaults } from "../../emulators/http-faults";
import { openTcpProxy, type TcpProxy } from "../../emulators/tcp-proxy";
import type { ModelFront } from "./cloud-harness";
import { serveModel } from "./model-server";

/** The adapter for a model elsewhere, and each place on the way to it where harm can be done. */
export interface ModelEndpoint {
  readonly infer: Infer;
  /** Between the adapter and everything else. */
  readonly network: TcpProxy;
  /** In front of the platform's own endpoint; where there is none, in front of the container. */
  readonly service: HttpFaults;
  /** In front of the model server. */
  readonly container: HttpFaults;
  close(): Promise<void>;
}

export interface ModelEndpointOptions {
  /** The platform's own endpoint in front of the server; none where requests go to it directly. */
  front?: ((modelUrl: string) => Promise<ModelFront>) | undefined;
  infer(endpoint: string): Infer;
  clock?: Clock | undefined;
}

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

/** Our model server, as a platform runs it. */
export async function openModelEndpoint({ front, infer, clock }: ModelEndpointOptions): Promise<ModelEndpoint> {
  const server = await serveModel("linear");
  const container = await openHttpFaults({ target: server.url, clock });
  const own = await front?.(container.endpoint);
  const service = own ? await openHttpFaults({ target: own.endpoint, clock }) : container;
  const network = await openTcpProxy({ target: service.endpoint });
  const opened = infer(network.endpoint);

  return {
    infer: opened,
    network,
    service,
    container,
    close: async () => {
      await opened.close();
      for (const hop of [network, service, own, container]) await hop?.close();
      await server.close();
    },
  };
}
