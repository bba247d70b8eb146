import type { Clock } from "sluice";
import { azureInfer, type EndpointKind } from "../../../adapters/azure/infer";
import { openAzureMl } from "../../../emulators/azure/azure-ml";
import { endpointPipeline, type ModelEndpoint, openModelEndpoint } from "../model-endpoint";
import type { AzureServices } from "./services";

export interface EndpointOptions {
  kind: EndpointKind;
  /** Of the adapter, milliseconds of real time. */
  requestTimeoutMs?: number | undefined;
  clock?: Clock;
}

const ENDPOINT = "model";

/** Our model server as a container app, which nothing stands before, or behind an online endpoint of Azure ML. */
export function openEndpoint(
  { services: { identity } }: AzureServices,
  { kind, requestTimeoutMs, clock }: EndpointOptions,
): Promise<ModelEndpoint> {
  const isAzureMl = kind === "azure-ml";
  return openModelEndpoint({
    front: isAzureMl ? (url) => openAzureMl({ endpoints: { [ENDPOINT]: url }, identity, clock }) : undefined,
    infer: (address) => {
      const url = isAzureMl ? `${address}/${ENDPOINT}/score` : address;
      return azureInfer({ pipeline: endpointPipeline, url, kind, requestTimeoutMs, clock });
    },
    clock,
  });
}
