import { output, type Unwrap } from "@pulumi/pulumi";
import { gcpConfig } from "../../../infra/config/gcp";
import { readConfig } from "../../../infra/config/read";
import { GcpPipeline, type GcpPipelineArgs } from "../../../infra/gcp/pipeline";
import type { PendingOutputs } from "../../../infra/outputs";
import { PROJECT, REGION, type Recorded, record } from "./recorder";

export interface Stack {
  resources: Recorded[];
  outputs: Unwrap<PendingOutputs>;
  /** The one resource of a logical name, without the stack's own prefix. */
  get(name: string): Recorded;
  /** Logical names without the prefix, sorted. */
  names: string[];
}

export type Given = Readonly<Record<string, string>>;

export const IMAGE = `${REGION}-docker.pkg.dev/${PROJECT}/sluice/model-server:1`;
export const CLOUD_RUN: Given = { inference: "endpoint", modelImage: IMAGE };
export const VERTEX: Given = { ...CLOUD_RUN, endpointType: "vertex" };

/** Configurations that change which resources there are. */
export const CONFIGURATIONS = {
  "in process": {},
  "a model on Cloud Run": CLOUD_RUN,
  "a model on Vertex AI": VERTEX,
  everything: {
    ...VERTEX,
    alarmEmail: "oncall@example.com",
    monthlyBudgetUsd: "49.5",
    billingAccount: "01AB23-45CD67-89EF01",
    bigqueryDays: "365",
    ttlDays: "90",
    minInstances: "2",
    tags: '{"team":"payments"}',
    protect: "true",
  },
  "no archive": { archive: "false" },
  "the least": { archive: "false", bigquery: "false" },
} as const satisfies Record<string, Given>;

interface Changes extends Pick<GcpPipelineArgs, "transform"> {
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
  const keys = Object.entries({ cloud: "gcp", ...given }).map(([key, text]) => [`sluice:${key}`, text]);
  const { config, problems } = readConfig(gcpConfig, Object.fromEntries(keys));
  if (config === undefined) throw problems[0];
  const { resources, result } = await record(
    () =>
      new GcpPipeline("sluice-gcp-pipeline", {
        name: { project: "sluice", stack: "gcp" },
        project: PROJECT,
        region: REGION,
        config,
        pipeline: { name: "card-fraud", actions: hasActions ? [{ name: "block", when: () => true }] : [] },
        build: { directory: "infra", hash: "0123abcd" },
        transform,
      }),
  );
  const inner = resources.filter(({ type }) => type !== "sluice:gcp:Pipeline");
  return {
    resources: inner,
    outputs: await promiseOf(result.outputs),
    get: (name) => {
      const found = inner.find((one) => one.name === `sluice-gcp-${name}`);
      if (!found) throw new Error(`no ${name} among ${inner.map((one) => one.name).join(", ")}`);
      return found;
    },
    names: inner.map(({ name }) => name.replace(/^sluice-gcp-/, "")).sort(),
  };
}

function promiseOf(outputs: PendingOutputs): Promise<Unwrap<PendingOutputs>> {
  return new Promise((resolve) => output(outputs).apply(resolve));
}
