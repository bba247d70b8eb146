import { AzurePipeline } from "../../../infra/azure/pipeline";
import type { AzureTransforms } from "../../../infra/azure/resources";
import { azureConfig } from "../../../infra/config/azure";
import { type Given, type StackArgs, stacksOf } from "../stack";
import { LOCATION, record, SUBSCRIPTION } from "./recorder";

export type { Stack } from "../stack";

export const IMAGE = "myregistry.azurecr.io/sluice-model-server:1";
/** In another subscription than the stack. */
export const REGISTRY =
  "/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/models/providers/Microsoft.ContainerRegistry/registries/myregistry";
export const CONTAINER_APP: Given = { inference: "endpoint", modelImage: IMAGE, modelRegistry: REGISTRY };
export const AZURE_ML: Given = { ...CONTAINER_APP, endpointType: "azure-ml" };

/** Configurations that change which resources there are. */
export const CONFIGURATIONS = {
  "in process": {},
  "a model on Container Apps": CONTAINER_APP,
  "a model on Azure ML": AZURE_ML,
  everything: {
    ...AZURE_ML,
    alarmEmail: "oncall@example.com",
    monthlyBudgetUsd: "49.5",
    ndjson: "true",
    latest: "true",
    ttlDays: "90",
    minInstances: "2",
    maxRequestUnits: "4000",
    tags: '{"team":"payments"}',
    protect: "true",
    deletionProtection: "true",
  },
  "an archive by Capture": { archiveBy: "capture" },
  "no archive": { archive: "false" },
} as const satisfies Record<string, Given>;

export const stackOf = stacksOf({
  cloud: "azure",
  config: azureConfig,
  record,
  open: (logicalName, args: StackArgs<typeof azureConfig, AzureTransforms>) =>
    new AzurePipeline(logicalName, {
      ...args,
      subscription: SUBSCRIPTION,
      location: LOCATION,
      build: { file: ".sluice/build/azure/0123abcd.zip", sha256: "0123abcd" },
    }),
});
