import { gcpConfig } from "../../../infra/config/gcp";
import { GcpPipeline } from "../../../infra/gcp/pipeline";
import type { GcpTransforms } from "../../../infra/gcp/resources";
import { type Given, type StackArgs, stacksOf } from "../stack";
import { PROJECT, REGION, record } from "./recorder";

export type { Stack } from "../stack";

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

export const stackOf = stacksOf({
  cloud: "gcp",
  config: gcpConfig,
  record,
  open: (logicalName, args: StackArgs<typeof gcpConfig, GcpTransforms>) =>
    new GcpPipeline(logicalName, {
      ...args,
      project: PROJECT,
      region: REGION,
      build: { directory: "infra", hash: "0123abcd" },
    }),
});
