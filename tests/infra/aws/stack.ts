import { output, type Unwrap } from "@pulumi/pulumi";
import { AwsPipeline, type AwsPipelineArgs } from "../../../infra/aws/pipeline";
import { awsConfig } from "../../../infra/config/aws";
import { readConfig } from "../../../infra/config/read";
import type { PendingOutputs } from "../../../infra/outputs";
import { REGION, type Recorded, record } from "./recorder";

export interface Stack {
  resources: Recorded[];
  outputs: Unwrap<PendingOutputs>;
  /** The one resource of a logical name, without the stack's own prefix. */
  get(name: string): Recorded;
  /** Logical names without the prefix, sorted. */
  names: string[];
}

export type Given = Readonly<Record<string, string>>;

export const IMAGE = `123456789012.dkr.ecr.${REGION}.amazonaws.com/sluice:1`;
export const ENDPOINT: Given = { inference: "endpoint", modelImage: IMAGE };

/** Configurations that change which resources there are. */
export const CONFIGURATIONS = {
  "in process": {},
  "an endpoint": ENDPOINT,
  "an endpoint kept warm": { ...ENDPOINT, endpointProvisioned: '{"min":1,"max":4}' },
  "functions kept warm": { provisionedConcurrency: "4" },
  "functions scaled": { provisionedConcurrency: '{"min":2,"max":8}' },
  "provisioned shards": { streamMode: "provisioned", shards: "2" },
  everything: {
    ...ENDPOINT,
    endpointProvisioned: '{"min":1,"max":4}',
    provisionedConcurrency: '{"min":2,"max":5}',
    alarmEmail: "oncall@example.com",
    notifyActions: "true",
    monthlyBudgetUsd: "50",
    customerManagedKey: "true",
    accessLogBucket: "my-logs",
    ndjson: "true",
    latest: "true",
    ttlDays: "90",
    maxWriteUnits: "500",
    tags: '{"team":"payments"}',
    protect: "true",
  },
  "the least": { archive: "false", tracing: "false" },
} as const satisfies Record<string, Given>;

interface Changes extends Pick<AwsPipelineArgs, "transform"> {
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
  const keys = Object.entries({ cloud: "aws", ...given }).map(([key, text]) => [`sluice:${key}`, text]);
  const { config, problems } = readConfig(awsConfig, Object.fromEntries(keys));
  if (config === undefined) throw problems[0];
  const model = { file: "package.json", hash: "0123abcd" };
  const { resources, result } = await record(
    () =>
      new AwsPipeline("sluice-aws-pipeline", {
        name: { project: "sluice", stack: "aws" },
        region: REGION,
        config,
        pipeline: { name: "card-fraud", actions: hasActions ? [{ name: "block", when: () => true }] : [] },
        build: { directory: "infra", model: config.inference === "endpoint" ? model : undefined },
        transform,
      }),
  );
  const inner = resources.filter(({ type }) => type !== "sluice:aws:Pipeline");
  return {
    resources: inner,
    outputs: await promiseOf(result.outputs),
    get: (name) => {
      const found = inner.find((one) => one.name === `sluice-aws-${name}`);
      if (!found) throw new Error(`no ${name} among ${inner.map((one) => one.name).join(", ")}`);
      return found;
    },
    names: inner.map(({ name }) => name.replace(/^sluice-aws-/, "")).sort(),
  };
}

function promiseOf(outputs: PendingOutputs): Promise<Unwrap<PendingOutputs>> {
  return new Promise((resolve) => output(outputs).apply(resolve));
}
