import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { openStage, type Stage, urnOf } from "./stage";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const ALERT = "gcp:monitoring/alertPolicy:AlertPolicy";
const BUCKET = "gcp:storage/bucket:Bucket";
const DATASET = "gcp:bigquery/dataset:Dataset";
const FUNCTION = "gcp:cloudfunctionsv2/function:Function";
const SUBSCRIPTION = "gcp:pubsub/subscription:Subscription";
const TABLE = "gcp:bigquery/table:Table";
const TOPIC = "gcp:pubsub/topic:Topic";
const TOPIC_RIGHT = "gcp:pubsub/topicIAMMember:TopicIAMMember";
const CLUSTERED = { schema: '[{"name":"at","type":"TIMESTAMP"},{"name":"key","type":"STRING"}]' };

let stage: Stage;
beforeEach(() => {
  stage = openStage("gcp");
});
afterEach(() => {
  stage.close();
});

describe("Google refuses in the inputs", () => {
  const failures = (type: string, inputs: Record<string, unknown>) =>
    stage.provider.check(urnOf(type, "some-name"), type, undefined, inputs).failures.map(({ property }) => property);
  const worker = (serviceConfig: Record<string, unknown>) => ({ location: "us-central1", serviceConfig });
  const archive = (config: Record<string, unknown>, more = {}) => ({
    topic: "t",
    cloudStorageConfig: { bucket: "b", ...config },
    ...more,
  });
  const alert = (conditionThreshold: Record<string, unknown>) => ({
    combiner: "OR",
    displayName: "a",
    conditions: [{ displayName: "c", conditionThreshold: { comparison: "COMPARISON_GT", ...conditionThreshold } }],
  });
  const inService = (property: string) => `serviceConfig.${property}`;
  const inAlert = (property: string) => `conditions[0].conditionThreshold.${property}`;

  it.each<[string, string, Record<string, unknown>, string[]]>([
    [
      "many requests for less than a CPU",
      FUNCTION,
      worker({ availableCpu: "0.5", maxInstanceRequestConcurrency: 80 }),
      [inService("maxInstanceRequestConcurrency")],
    ],
    [
      "more instances at least than at most",
      FUNCTION,
      worker({ minInstanceCount: 3, maxInstanceCount: 2 }),
      [inService("minInstanceCount")],
    ],
    [
      "an address for the builder, where a resource is named",
      FUNCTION,
      { location: "l", buildConfig: { serviceAccount: "a@b" } },
      ["buildConfig.serviceAccount"],
    ],
    [
      "a runtime that has ended",
      FUNCTION,
      { location: "l", buildConfig: { runtime: "nodejs20" } },
      ["buildConfig.runtime"],
    ],
    [
      "a variable that Cloud Run sets",
      FUNCTION,
      worker({ environmentVariables: { PORT: "1" } }),
      [inService("environmentVariables.PORT")],
    ],
    ["a deadline of 5 seconds", SUBSCRIPTION, { topic: "t", ackDeadlineSeconds: 5 }, ["ackDeadlineSeconds"]],
    [
      "files that take longer than the deadline",
      SUBSCRIPTION,
      archive({ maxDuration: "300s" }),
      ["cloudStorageConfig.maxDuration"],
    ],
    [
      "files of half a minute",
      SUBSCRIPTION,
      archive({ maxDuration: "30s" }, { ackDeadlineSeconds: 600 }),
      ["cloudStorageConfig.maxDuration"],
    ],
    [
      "four attempts",
      SUBSCRIPTION,
      { topic: "t", deadLetterPolicy: { maxDeliveryAttempts: 4 } },
      ["deadLetterPolicy.maxDeliveryAttempts"],
    ],
    ["32 days", TOPIC, { messageRetentionDuration: "2764800s" }, ["messageRetentionDuration"]],
    ["days as a number", TOPIC, { messageRetentionDuration: "1d" }, ["messageRetentionDuration"]],
    [
      "a push that delivers exactly once",
      SUBSCRIPTION,
      { topic: "t", enableExactlyOnceDelivery: true, pushConfig: { pushEndpoint: "https://x.run.app" } },
      ["enableExactlyOnceDelivery"],
    ],
    [
      "a push without TLS",
      SUBSCRIPTION,
      { topic: "t", pushConfig: { pushEndpoint: "http://x" } },
      ["pushConfig.pushEndpoint"],
    ],
    ["two destinations", SUBSCRIPTION, archive({}, { pushConfig: { pushEndpoint: "https://x" } }), ["pushConfig"]],
    ["a short account", ACCOUNT, { accountId: "push" }, ["accountId"]],
    ["dashes in a dataset", DATASET, { datasetId: "my-set" }, ["datasetId"]],
    [
      "a column that is not there",
      TABLE,
      { datasetId: "d", tableId: "t", ...CLUSTERED, clusterings: ["device"] },
      ["clusterings[0]"],
    ],
    [
      "partitions by a text",
      TABLE,
      { datasetId: "d", tableId: "t", ...CLUSTERED, timePartitioning: { type: "DAY", field: "key" } },
      ["timePartitioning.field"],
    ],
    ["a label in capitals", BUCKET, { location: "US", labels: { Team: "a" } }, ["labels.Team"]],
    ["a right of nobody", TOPIC_RIGHT, { topic: "t", role: "roles/pubsub.publisher", member: "a@b.c" }, ["member"]],
    [
      "missing data of a condition that does not wait",
      ALERT,
      alert({ duration: "0s", evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE" }),
      [inAlert("evaluationMissingData")],
    ],
    ["a wait of half a minute", ALERT, alert({ duration: "90s" }), [inAlert("duration")]],
    ["a filter without a resource", ALERT, alert({ duration: "0s", filter: 'metric.type="m"' }), [inAlert("filter")]],
    [
      "an endpoint with a word for a name",
      "gcp:vertex/aiEndpoint:AiEndpoint",
      { name: "model", location: "l", displayName: "d" },
      ["name"],
    ],
  ])("%s", (_, type, inputs, expected) => {
    expect(failures(type, inputs)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    [FUNCTION, worker({ availableCpu: UNKNOWN, maxInstanceRequestConcurrency: 80, serviceAccountEmail: UNKNOWN })],
    [FUNCTION, worker({ availableCpu: "1", maxInstanceRequestConcurrency: 80 })],
    [SUBSCRIPTION, archive({ maxDuration: "300s", serviceAccountEmail: UNKNOWN }, { ackDeadlineSeconds: 600 })],
    [SUBSCRIPTION, { topic: UNKNOWN, expirationPolicy: { ttl: "" }, pushConfig: { pushEndpoint: UNKNOWN } }],
    [TABLE, { datasetId: UNKNOWN, tableId: "t", ...CLUSTERED, timePartitioning: { type: "DAY", field: "at" } }],
    [ALERT, alert({ duration: "60s", filter: UNKNOWN, evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE" })],
    [TOPIC_RIGHT, { topic: UNKNOWN, role: "projects/p/roles/mine", member: UNKNOWN }],
  ])("nothing of %s that is right or not known yet", (type, inputs) => {
    expect(failures(type, inputs)).toEqual([]);
  });
});

describe("checkConfig", () => {
  it.each([
    [{ region: "us-central1" }, 0],
    [{ region: "northamerica-northeast1" }, 0],
    [{ region: UNKNOWN }, 0],
    [{}, 0],
    [{ region: "us-cetnral1" }, 1],
  ])("%p has %i mistakes", (config, mistakes) => {
    expect(stage.provider.checkConfig(config)).toHaveLength(mistakes);
  });
});
