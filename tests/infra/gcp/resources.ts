import { describe, expect, it } from "@jest/globals";
import type { GcpResources, GcpTransforms } from "../../../infra/gcp/resources";
import { outputsOf } from "../stack";
import { protecting } from "../transforms";
import { CLOUD_RUN, CONFIGURATIONS, stackOf, VERTEX } from "./stack";

const SERVICES = [
  "artifactregistry",
  "cloudbuild",
  "cloudfunctions",
  "cloudresourcemanager",
  "firestore",
  "iam",
  "logging",
  "monitoring",
  "pubsub",
  "run",
  "storage",
].map((name) => `service-${name}`);
const FIELDS = ["expires-at", "features", "id", "model", "prediction", "stored-at", "time", "truth", "version"].map(
  (name) => `field-${name}`,
);
const METRICS = [
  "dead-lettered",
  "decode",
  "end-to-end",
  "infer",
  "received",
  "retried",
  "store",
  "stored",
  "total",
].map((name) => `metric-${name}`);

const LEAST = [
  ...SERVICES,
  ...FIELDS,
  ...METRICS,
  "alarm-dead-letters",
  "alarm-errors",
  "alarm-given-up",
  "alarm-late",
  "alarm-throttles",
  "build-account",
  "build-images-grant",
  "build-logs-grant",
  "build-source-grant",
  "dashboard",
  "database",
  "dead-grant",
  "dead-topic",
  "dead-topic-grant",
  "function",
  "function-account",
  "hold",
  "images",
  "invoke-grant",
  "page-alarm",
  "pubsub-identity",
  "push",
  "push-account",
  "push-move-grant",
  "push-token-grant",
  "request-logs",
  "source",
  "source-bucket",
  "store-grant",
  "topic",
];
const FOR_ACTIONS = ["actions-grant", "actions-topic"];
const FOR_EXPORT = ["export-account", "export-token-grant"];
const FOR_ARCHIVE = ["alarm-archive-late", "archive", "archive-bucket", "archive-read-grant", "archive-write-grant"];
const FOR_BIGQUERY = [
  "alarm-rejected",
  "alarm-results-late",
  "dataset",
  "rejected-hold",
  "rejected-topic",
  "rejected-topic-grant",
  "results",
  "results-grant",
  "results-move-grant",
  "results-table",
  "results-table-grant",
  "results-topic",
  "service-bigquery",
  "service-bigquerystorage",
];
const FOR_MODEL = ["alarm-model-errors", "alarm-model-slow", "model-account"];
const FOR_CLOUD_RUN = [...FOR_MODEL, "model-grant", "model-service"];
const FOR_VERTEX = [...FOR_MODEL, "deployed-model", "endpoint", "endpoint-grant", "service-aiplatform"];
const ALWAYS = [...LEAST, ...FOR_ACTIONS, ...FOR_EXPORT, ...FOR_ARCHIVE, ...FOR_BIGQUERY];

describe("the resources of a Google Cloud stack", () => {
  it.each<[keyof typeof CONFIGURATIONS, string[]]>([
    ["in process", ALWAYS],
    ["a model on Cloud Run", [...ALWAYS, ...FOR_CLOUD_RUN]],
    ["a model on Vertex AI", [...ALWAYS, ...FOR_VERTEX]],
    ["everything", [...ALWAYS, ...FOR_VERTEX, "alarm-email", "budget", "service-billingbudgets"]],
    ["no archive", [...LEAST, ...FOR_ACTIONS, ...FOR_EXPORT, ...FOR_BIGQUERY]],
    ["the least", [...LEAST, ...FOR_ACTIONS]],
  ])("with %s are the ones listed", async (configuration, expected) => {
    const { names } = await stackOf(CONFIGURATIONS[configuration]);

    expect(names).toEqual(expected.toSorted());
  });

  it("have no archive, no topic of actions and no rights on them where none is wanted", async () => {
    const stack = await stackOf(CONFIGURATIONS["the least"], { hasActions: false });

    expect(stack.names).toEqual(LEAST.toSorted());
    expect(stack.outputs).toMatchObject({ archive: "", actions: "" });
    expect(stack.get("function").inputs.serviceConfig.environmentVariables).not.toHaveProperty("SLUICE_ACTIONS_TOPIC");
    expect(stack.get("function").inputs.serviceConfig.environmentVariables).not.toHaveProperty("SLUICE_RESULTS_TOPIC");
  });

  it.each(Object.keys(CONFIGURATIONS) as (keyof typeof CONFIGURATIONS)[])(
    "carry the stack's and the user's labels wherever the service takes labels, with %s",
    async (configuration) => {
      const { resources } = await stackOf({ ...CONFIGURATIONS[configuration], tags: '{"team":"payments"}' });
      const labels = { team: "payments", "sluice-stack": "sluice-gcp-pipeline", "sluice-pipeline": "card-fraud" };

      const without = resources.filter(({ type, inputs }) => labelsOf(type, inputs)?.team !== "payments");
      expect(without.filter(({ type }) => !TAKES_NO_LABELS.test(type)).map(({ name }) => name)).toEqual([]);
      for (const { type, inputs } of resources) {
        const given = labelsOf(type, inputs);
        if (given) expect(given).toEqual(labels);
      }
    },
  );

  it("are all children of the one component", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);

    for (const { parent } of resources) expect(parent).toMatch(/sluice:gcp:Pipeline::sluice-gcp-pipeline$/);
  });

  it("wait for the services of the project", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);
    const services = resources.filter(({ type }) => type === SERVICE).map(({ name }) => name);

    for (const { type, dependsOn } of resources)
      if (type !== SERVICE) expect(dependsOn).toEqual(expect.arrayContaining(services));
  });
});

const SERVICE = "gcp:projects/service:Service";

/** Alarms and channels call them user labels; a channel's own labels are its address. */
function labelsOf(type: string, inputs: { labels?: Labels; userLabels?: Labels }): Labels | undefined {
  return type.startsWith("gcp:monitoring/") ? inputs.userLabels : inputs.labels;
}

type Labels = Record<string, string>;

/** Types of the SDK whose arguments have no labels. */
const TAKES_NO_LABELS =
  /^gcp:(?:projects|serviceaccount|firestore|billing|logging)\/|[iI](?:AM|am)Member:|storage\/bucketObject:|monitoring\/dashboard:/;

describe("a transform", () => {
  it("reaches every inner resource, as object and as function", async () => {
    const { resources: before } = await stackOf(CONFIGURATIONS.everything);
    const { transform, reached } = protecting<GcpTransforms>(new Set(before.map(({ name }) => keyOf(name))));

    const { resources } = await stackOf({ ...CONFIGURATIONS.everything, protect: "false" }, { transform });

    expect(reached).toEqual(new Set(before.map(({ name }) => name)));
    expect(resources.filter(({ protect }) => !protect)).toEqual([]);
  });

  it("overrides single arguments", async () => {
    const stack = await stackOf(
      {},
      { transform: { topic: { messageRetentionDuration: "600s" }, push: { filter: "x" } } },
    );

    expect(stack.get("topic").inputs).toMatchObject({ messageRetentionDuration: "600s", messageStoragePolicy: {} });
    expect(stack.get("push").inputs).toMatchObject({ filter: "x", ackDeadlineSeconds: 90 });
  });
});

/** `sluice-gcp-push-account` as `pushAccount`; resources of one kind share a name. */
function keyOf(name: string): keyof GcpResources {
  const plain = name.replace(/^sluice-gcp-/, "");
  const [, kind] = /^(service|field|metric|alarm(?!-email))-/.exec(plain) ?? [];
  return (kind ?? plain.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())) as keyof GcpResources;
}

describe("the outputs of a Google Cloud stack", () => {
  it("name everything that the command line and other programs need", async () => {
    const { outputs } = await stackOf({});

    expect(outputs).toEqual({
      cloud: "gcp",
      region: "us-central1",
      pipeline: "card-fraud",
      ingest: "projects/my-project-123/topics/sluice-gcp-topic",
      store: "projects/my-project-123/databases/sluice-gcp-database/documents/predictions",
      deadLetters: "projects/my-project-123/subscriptions/sluice-gcp-hold",
      archive: "sluice-gcp-archive-bucket",
      actions: "projects/my-project-123/topics/sluice-gcp-actions-topic",
      inference: "in-process",
      function: "sluice-gcp-worker",
      dashboard: "https://console.cloud.google.com/monitoring/dashboards/builder/0a1b?project=my-project-123",
    });
  });

  it("have the same names in every configuration, and each is a text", async () => {
    const all = await outputsOf(stackOf, CONFIGURATIONS);

    for (const outputs of all) {
      expect(Object.keys(outputs)).toEqual(Object.keys(all[0]!));
      expect(Object.values(outputs).every((text) => typeof text === "string")).toBe(true);
    }
  });

  it("give the address of the endpoint where the model is behind one", async () => {
    const service = await stackOf(CLOUD_RUN);
    const vertex = await stackOf(VERTEX);

    expect(service.outputs.inference).toBe("https://model-abc-uc.a.run.app");
    expect(vertex.outputs.inference).toMatch(/^https:\/\/1234567890\..*\/endpoints\/\d{10}:rawPredict$/);
  });
});
