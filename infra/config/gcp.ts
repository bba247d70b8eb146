import * as z from "zod";
import { CONCURRENCY, PUSH, TIMEOUT_SECONDS } from "../../functions/gcp/push";
import { commonKeys } from "./common";
import { choice, flag, oneOf, tags, text, wholeNumber } from "./values";

/** https://cloud.google.com/run/docs/configuring/services/cpu */
const CPUS = [0.25, 0.5, 1, 2, 4, 6, 8];
const MOST_MEMORY_MB = 32_768;
const MOST_INSTANCES = 1000;

/** Artifact Registry, where Cloud Run and Vertex AI pull from: https://cloud.google.com/artifact-registry/docs/docker/names */
const IMAGE =
  /^([a-z0-9-]+)-docker\.pkg\.dev\/[a-z0-9.:-]+\/[a-z0-9-]+\/[a-z0-9][a-z0-9._/-]*(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** https://cloud.google.com/resource-manager/docs/labels-overview#requirements, of which two are ours */
const LABEL_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;

/**
 * Left out are the keys that would do nothing here: BigQuery has the rows that `ndjson` would write and the newest of each
 * key that `latest` would keep, the topic of actions takes subscriptions of your own in place of `notifyActions`, and
 * Cloud Run traces requests without `tracing`.
 */
const { latest, ndjson, notifyActions, tracing, ...keys } = commonKeys;

/** Keys without a default here get one that depends on others: see `sizeGcp`. */
export const gcpConfig = z.strictObject({
  ...keys,
  tags: tags()
    .refine(areLabels, {
      error:
        "is not a map of labels: lower-case letters, digits, `_` and `-`, at most 63, and a letter first in a name",
    })
    .default({})
    .meta({ description: "Further labels on every resource", example: '{ team: "payments" }' }),
  retentionHours: wholeNumber(1, 744)
    .default(24)
    .meta({ description: "Hours that the topic keeps events, for replay to any subscription", example: "24" }),
  ackDeadlineSeconds: wholeNumber(10, 600)
    .default(PUSH.ackDeadlineSeconds)
    .meta({ description: "Longest wait for the function's answer before a message is sent again", example: "90" }),
  timeoutSeconds: wholeNumber(10, 590)
    .default(TIMEOUT_SECONDS)
    .meta({ description: "Longest run of one request", example: "60" }),
  retries: wholeNumber(4, 99)
    .default(PUSH.maxDeliveryAttempts - 1)
    .meta({ description: "Attempts after the first, before a message becomes a dead letter", example: "10" }),
  minBackoffSeconds: wholeNumber(0, 600)
    .default(PUSH.minBackoffSeconds)
    .meta({ description: "Wait before the second attempt; it doubles from there", example: "10" }),
  maxBackoffSeconds: wholeNumber(0, 600)
    .default(PUSH.maxBackoffSeconds)
    .meta({ description: "Longest wait between two attempts", example: "600" }),
  concurrency: wholeNumber(1, 100).default(CONCURRENCY).meta({
    description: "Messages that one instance works on at a time; the function takes no more than 100",
    example: "80",
  }),
  cpu: oneOf(CPUS)
    .default(1)
    .meta({ description: "CPUs of an instance; less than 1 takes one message at a time", example: "1" }),
  memoryMb: wholeNumber(256, MOST_MEMORY_MB)
    .optional()
    .meta({ description: "An instance's memory; 1024, or 512 with an endpoint", example: "1024" }),
  minInstances: wholeNumber(0, MOST_INSTANCES)
    .default(0)
    .meta({ description: "Instances kept warm; 0 costs nothing while there are no events", example: "1" }),
  maxInstances: wholeNumber(1, MOST_INSTANCES)
    .default(20)
    .meta({ description: "Most instances; too few refuse messages, and each refusal is an attempt", example: "20" }),
  archiveSeconds: wholeNumber(60, 600)
    .default(300)
    .meta({ description: "Longest time until raw events are in the archive", example: "300" }),
  bigquery: flag().default(true).meta({ description: "Also puts predictions into a BigQuery table", example: "true" }),
  bigqueryDays: wholeNumber(1, 3650)
    .optional()
    .meta({ description: "Days until a day of the BigQuery table is deleted; never if left out", example: "365" }),
  endpointType: choice(["cloud-run", "vertex"])
    .optional()
    .meta({ description: "What serves the endpoint; cloud-run, which costs nothing while idle", example: "cloud-run" }),
  modelImage: text(
    IMAGE,
    "an image in Artifact Registry, as in us-central1-docker.pkg.dev/my-project/sluice/model-server:1",
  )
    .optional()
    .meta({
      description: "The endpoint's image, with the model in it",
      example: "us-central1-docker.pkg.dev/my-project/sluice/model-server:1",
    }),
  endpointMinInstances: wholeNumber(0, MOST_INSTANCES)
    .optional()
    .meta({ description: "Model servers kept warm; 0, or 1 on Vertex AI, which has no less", example: "1" }),
  endpointMaxInstances: wholeNumber(1, MOST_INSTANCES)
    .optional()
    .meta({ description: "Most model servers; 10, or 2 on Vertex AI", example: "4" }),
  endpointConcurrency: wholeNumber(1, 100)
    .optional()
    .meta({ description: "Requests that one model server on Cloud Run takes at a time; 20", example: "20" }),
  endpointMemoryMb: wholeNumber(512, MOST_MEMORY_MB)
    .optional()
    .meta({ description: "Memory of a model server on Cloud Run; 1024", example: "1024" }),
  endpointMachine: text(/^[a-z][a-z0-9]*-[a-z]+-\d+[a-z]?$/, "a machine type, as in n1-standard-2")
    .optional()
    .meta({ description: "Machine of a model server on Vertex AI; n1-standard-2", example: "n1-standard-2" }),
  billingAccount: text(/^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$/, "a billing account, as in 01AB23-45CD67-89EF01")
    .optional()
    .meta({ description: "Whose costs `monthlyBudgetUsd` watches", example: "01AB23-45CD67-89EF01" }),
});

export type GcpConfig = z.output<typeof gcpConfig>;

function areLabels(given: Readonly<Record<string, string>>): boolean {
  return Object.entries(given).every(([name, value]) => LABEL_NAME.test(name) && LABEL_VALUE.test(value));
}
