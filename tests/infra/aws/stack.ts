import { AwsPipeline } from "../../../infra/aws/pipeline";
import type { AwsTransforms } from "../../../infra/aws/resources";
import { awsConfig } from "../../../infra/config/aws";
import { type Given, type StackArgs, stacksOf } from "../stack";
import { REGION, record } from "./recorder";

export type { Stack } from "../stack";

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

const MODEL = { file: "package.json", hash: "0123abcd" };

export const stackOf = stacksOf({
  cloud: "aws",
  config: awsConfig,
  record,
  open: (logicalName, args: StackArgs<typeof awsConfig, AwsTransforms>) =>
    new AwsPipeline(logicalName, {
      ...args,
      region: REGION,
      build: { directory: "infra", model: args.config.inference === "endpoint" ? MODEL : undefined },
    }),
});
