import type { Clock, Infer } from "sluice";
import { azureInfer, type EndpointKind } from "../../../../adapters/azure/infer";
import { openAzureMl } from "../../../../emulators/azure/azure-ml";
import { type HttpFaults, openHttpFaults } from "../../../../emulators/http-faults";
import { openTcpProxy, type TcpProxy } from "../../../../emulators/tcp-proxy";
import { endpointPipeline } from "../../../support/aws/endpoint";
import type { AzureServices } from "../../../support/azure/services";
import { serveModel } from "../../../support/model-server";

/** The adapter for a model elsewhere, and each place on the way to it where harm can be done. */
export interface ModelEndpoint {
  readonly infer: Infer;
  /** Between the adapter and everything else. */
  readonly network: TcpProxy;
  /** In front of Azure ML; where there is none, in front of the container. */
  readonly service: HttpFaults;
  /** In front of the model server. */
  readonly container: HttpFaults;
  close(): Promise<void>;
}

export interface ModelEndpointOptions {
  kind: EndpointKind;
  /** Of the adapter, milliseconds of real time. */
  requestTimeoutMs?: number | undefined;
  clock?: Clock;
}

const ENDPOINT = "model";

export { endpointPipeline };

/** Our model server as a container app, which nothing stands before, or behind an online endpoint of Azure ML. */
export async function openModelEndpoint(
  { services: { identity } }: AzureServices,
  { kind, requestTimeoutMs, clock }: ModelEndpointOptions,
): Promise<ModelEndpoint> {
  const server = await serveModel("linear");
  const container = await openHttpFaults({ target: server.url, clock });
  const azureMl = await openAzureMl({ endpoints: { [ENDPOINT]: container.endpoint }, identity, clock });
  const service = kind === "azure-ml" ? await openHttpFaults({ target: azureMl.endpoint, clock }) : container;
  const network = await openTcpProxy({ target: service.endpoint });
  const infer = azureInfer({
    pipeline: endpointPipeline,
    url: kind === "azure-ml" ? `${network.endpoint}/${ENDPOINT}/score` : network.endpoint,
    ...{ kind, requestTimeoutMs, clock },
  });

  return {
    infer,
    network,
    service,
    container,
    close: async () => {
      await infer.close();
      for (const hop of [network, service, azureMl, container]) await hop.close();
      await server.close();
    },
  };
}
