import { output, type Unwrap } from "@pulumi/pulumi";
import { AzurePipeline, type AzurePipelineArgs } from "../../../infra/azure/pipeline";
import { azureConfig } from "../../../infra/config/azure";
import { readConfig } from "../../../infra/config/read";
import type { PendingOutputs } from "../../../infra/outputs";
import { LOCATION, type Recorded, record, SUBSCRIPTION } from "./recorder";

export interface Stack {
  resources: Recorded[];
  outputs: Unwrap<PendingOutputs>;
  /** The one resource of a logical name, without the stack's own prefix. */
  get(name: string): Recorded;
  /** Logical names without the prefix, sorted. */
  names: string[];
}

export type Given = Readonly<Record<string, string>>;

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

interface Changes extends Pick<AzurePipelineArgs, "transform"> {
  hasActions?: boolean;
}

const plainStacks = new Map<string, Promise<Stack>>();

/** The stack of a configuration, given without cloud and namespace. Only tests with changes of their own make a new one. */
export function stackOf(given: Given, changes?: Changes): Promise<Stack> {
  if (changes) return register(given, changes);
  const name = JSON.stringify(given);
  const stack = plainStacks.get(name) ?? register(given, {});
  plainStacks.set(name, stack);
  return stack;
}

async function register(given: Given, { transform, hasActions = true }: Changes): Promise<Stack> {
  const keys = Object.entries({ cloud: "azure", ...given }).map(([key, text]) => [`sluice:${key}`, text]);
  const { config, problems } = readConfig(azureConfig, Object.fromEntries(keys));
  if (config === undefined) throw problems[0];
  const { resources, result } = await record(
    () =>
      new AzurePipeline("sluice-azure-pipeline", {
        name: { project: "sluice", stack: "azure" },
        subscription: SUBSCRIPTION,
        location: LOCATION,
        config,
        pipeline: { name: "card-fraud", actions: hasActions ? [{ name: "block", when: () => true }] : [] },
        build: { file: ".sluice/build/azure/0123abcd.zip", sha256: "0123abcd" },
        transform,
      }),
  );
  const inner = resources.filter(({ type }) => type !== "sluice:azure:Pipeline");
  return {
    resources: inner,
    outputs: await promiseOf(result.outputs),
    get: (name) => {
      const found = inner.find((one) => one.name === `sluice-azure-${name}`);
      if (!found) throw new Error(`no ${name} among ${inner.map((one) => one.name).join(", ")}`);
      return found;
    },
    names: inner.map(({ name }) => name.replace(/^sluice-azure-/, "")).sort(),
  };
}

function promiseOf(outputs: PendingOutputs): Promise<Unwrap<PendingOutputs>> {
  return new Promise((resolve) => output(outputs).apply(resolve));
}
