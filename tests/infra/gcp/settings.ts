import { describe, expect, it } from "@jest/globals";
import { targetOf } from "../../../adapters/gcp/infer/target";
import { readSettings } from "../../../functions/gcp/settings";
import { PROJECT } from "./recorder";
import { CLOUD_RUN, CONFIGURATIONS, IMAGE, stackOf, VERTEX } from "./stack";

const STATEFUL = [
  "archive-bucket",
  "database",
  "dataset",
  "dead-topic",
  "hold",
  "push",
  "rejected-hold",
  "rejected-topic",
  "results-table",
  "topic",
];

describe("the settings of a Google Cloud stack", () => {
  it("keep events in the region, for as long as the configuration says", async () => {
    const { get, resources } = await stackOf({ retentionHours: "168" });

    expect(get("topic").inputs.messageRetentionDuration).toBe("604800s");
    for (const { type, inputs } of resources)
      if (type === "gcp:pubsub/topic:Topic")
        expect(inputs.messageStoragePolicy).toEqual({ allowedPersistenceRegions: ["us-central1"] });
  });

  it("push to the function as the configuration says, as its own caller", async () => {
    const { get } = await stackOf({
      ackDeadlineSeconds: "300",
      timeoutSeconds: "240",
      retries: "19",
      minBackoffSeconds: "20",
      maxBackoffSeconds: "120",
    });

    expect(get("push").inputs).toMatchObject({
      topic: `projects/${PROJECT}/topics/sluice-gcp-topic`,
      ackDeadlineSeconds: 300,
      retryPolicy: { minimumBackoff: "20s", maximumBackoff: "120s" },
      deadLetterPolicy: {
        deadLetterTopic: `projects/${PROJECT}/topics/sluice-gcp-dead-topic`,
        maxDeliveryAttempts: 20,
      },
      pushConfig: {
        pushEndpoint: "https://sluice-gcp-function-abc-uc.a.run.app",
        oidcToken: {
          serviceAccountEmail: `sluice-gcp-push@${PROJECT}.iam.gserviceaccount.com`,
          audience: "https://sluice-gcp-function-abc-uc.a.run.app",
        },
      },
    });
    expect(get("function").inputs.serviceConfig.timeoutSeconds).toBe(240);
  });

  it("run the function as the configuration says, closed to the outside", async () => {
    const { get } = await stackOf({
      cpu: "2",
      memoryMb: "2048",
      concurrency: "40",
      minInstances: "1",
      maxInstances: "7",
    });

    expect(get("function").inputs).toMatchObject({
      name: "sluice-gcp-worker",
      location: "us-central1",
      serviceConfig: {
        serviceAccountEmail: `sluice-gcp-function@${PROJECT}.iam.gserviceaccount.com`,
        availableMemory: "2048Mi",
        availableCpu: "2",
        maxInstanceRequestConcurrency: 40,
        minInstanceCount: 1,
        maxInstanceCount: 7,
        timeoutSeconds: 60,
        ingressSettings: "ALLOW_INTERNAL_ONLY",
        allTrafficOnLatestRevision: true,
      },
    });
  });

  it("tell the function where everything is, in a form that it reads", async () => {
    const plain = environmentOf(await stackOf({}));
    const full = environmentOf(await stackOf(CONFIGURATIONS.everything));

    expect(plain).toEqual({
      SLUICE_COLLECTION: `projects/${PROJECT}/databases/sluice-gcp-database/documents/predictions`,
      SLUICE_DEAD_TOPIC: `projects/${PROJECT}/topics/sluice-gcp-dead-topic`,
      SLUICE_RESULTS_TOPIC: `projects/${PROJECT}/topics/sluice-gcp-results-topic`,
      SLUICE_ACTIONS_TOPIC: `projects/${PROJECT}/topics/sluice-gcp-actions-topic`,
      SLUICE_INFERENCE: "in-process",
      SLUICE_TIMEOUT_SECONDS: "60",
    });
    expect(full).toEqual({
      ...plain,
      SLUICE_INFERENCE: "endpoint",
      SLUICE_TIMEOUT_SECONDS: "60",
      SLUICE_ENDPOINT: expect.stringMatching(/:rawPredict$/),
      SLUICE_ENDPOINT_KIND: "vertex",
      SLUICE_TTL_DAYS: "90",
    });
    expect(readSettings(full, "endpoint")).toMatchObject({ ttlDays: 90, endpoint: { kind: "vertex" } });
  });

  it.each([
    ["Cloud Run", CLOUD_RUN, { origin: "https://model-abc-uc.a.run.app", path: "/score" }],
    ["Vertex AI", VERTEX, { origin: "https://1234567890.us-central1-42.prediction.vertexai.goog" }],
  ])("give an address on %s that the function posts to", async (_, given, expected) => {
    const { endpoint } = readSettings(environmentOf(await stackOf(given)), "endpoint");

    expect(targetOf(endpoint!.url, endpoint!.kind)).toMatchObject(expected);
  });

  it("archive raw messages with their metadata, by the day", async () => {
    const { get } = await stackOf({ archiveSeconds: "120", archiveDays: "30" });

    expect(get("archive").inputs.cloudStorageConfig).toEqual({
      bucket: "sluice-gcp-archive-bucket",
      serviceAccountEmail: `sluice-gcp-export@${PROJECT}.iam.gserviceaccount.com`,
      filenamePrefix: "raw/",
      filenameSuffix: ".avro",
      filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
      maxBytes: 100_000_000,
      maxDuration: "120s",
      avroConfig: { writeMetadata: true },
    });
    expect(get("archive-bucket").inputs.lifecycleRules).toEqual([
      { action: { type: "Delete" }, condition: { age: 30 } },
    ]);
  });

  it("close buckets to the public", async () => {
    const { resources } = await stackOf({});
    const buckets = resources.filter(({ type }) => type === "gcp:storage/bucket:Bucket");

    expect(buckets).toHaveLength(2);
    for (const { inputs } of buckets)
      expect(inputs).toMatchObject({ uniformBucketLevelAccess: true, publicAccessPrevention: "enforced" });
  });

  it("keep a table of predictions that is cheap to ask by day and key", async () => {
    const { get } = await stackOf({ bigqueryDays: "365" });
    const forEver = await stackOf({});

    expect(get("dataset").inputs).toMatchObject({ datasetId: "sluice_gcp_results", location: "us-central1" });
    expect(get("results-table").inputs).toMatchObject({
      timePartitioning: { type: "DAY", field: "stored_at", expirationMs: 31_536_000_000 },
      clusterings: ["event_key"],
    });
    expect(forEver.get("results-table").inputs.timePartitioning).not.toHaveProperty("expirationMs");
  });

  it("protect what holds data or positions if asked, and nothing otherwise", async () => {
    const kept = (await stackOf({ protect: "true" })).resources.filter(({ protect }) => protect);
    const free = (await stackOf({})).resources.filter(({ protect }) => protect);

    expect(kept.map(({ name }) => name.replace("sluice-gcp-", "")).sort()).toEqual(STATEFUL);
    expect(free).toEqual([]);
  });

  it("keep the newest images of the function, and drop old ones", async () => {
    const { get } = await stackOf({});

    expect(get("images").inputs.cleanupPolicies.map(({ action }: { action: string }) => action)).toEqual([
      "KEEP",
      "DELETE",
    ]);
  });

  it("warn of late, failing and refused work, and say what to do", async () => {
    const { resources, get } = await stackOf(CONFIGURATIONS.everything);
    const alarms = resources.filter(({ name }) => name.startsWith("sluice-gcp-alarm-") && !name.endsWith("email"));

    expect(alarms).toHaveLength(10);
    for (const { inputs } of alarms) {
      expect(inputs.documentation.content).toMatch(/\.$/);
      expect(inputs.notificationChannels).toEqual([`projects/${PROJECT}/notificationChannels/7`]);
      expect(inputs.conditions[0].conditionThreshold.filter).toMatch(
        /^resource\.type="[\w./]+" AND resource\.labels\.\w+="[\w-]+" AND metric\.type="[\w./]+"/,
      );
    }
    const { combiner, conditions } = get("page-alarm").inputs;
    expect([combiner, ...conditions.map(({ displayName }: { displayName: string }) => displayName)]).toEqual([
      "AND",
      "late",
      "errors",
    ]);
  });

  it("count the budget by the stack's own label", async () => {
    const { get } = await stackOf(CONFIGURATIONS.everything);

    expect(get("budget").inputs).toMatchObject({
      billingAccount: "01AB23-45CD67-89EF01",
      amount: { specifiedAmount: { currencyCode: "USD", units: "49", nanos: 500_000_000 } },
      budgetFilter: { projects: [`projects/${PROJECT}`], labels: { "sluice-stack": "sluice-gcp-pipeline" } },
      allUpdatesRule: { monitoringNotificationChannels: [`projects/${PROJECT}/notificationChannels/7`] },
    });
  });

  it("serve the model on Cloud Run from nothing on, once it has predicted", async () => {
    const { get } = await stackOf(CLOUD_RUN);
    const { template } = get("model-service").inputs;

    expect(template).toMatchObject({
      scaling: { minInstanceCount: 0, maxInstanceCount: 10 },
      maxInstanceRequestConcurrency: 20,
    });
    expect(template.containers).toEqual([
      expect.objectContaining({
        image: IMAGE,
        ports: { containerPort: 8080 },
        resources: { limits: { cpu: "1", memory: "1024Mi" }, cpuIdle: true, startupCpuBoost: true },
        startupProbe: expect.objectContaining({ httpGet: { path: "/ready" } }),
        livenessProbe: expect.objectContaining({ httpGet: { path: "/live" } }),
      }),
    ]);
  });

  it("serve the model on Vertex AI at an address of its own", async () => {
    const { get } = await stackOf({ ...VERTEX, endpointMinInstances: "2", endpointMachine: "n2-highcpu-4" });

    expect(get("endpoint").inputs).toMatchObject({ dedicatedEndpointEnabled: true, location: "us-central1" });
    expect(get("endpoint").inputs.name).toMatch(/^[1-9]\d{9}$/);
    expect(get("deployed-model").inputs).toMatchObject({
      endpoint: `projects/${PROJECT}/locations/us-central1/endpoints/${get("endpoint").inputs.name}`,
      image: IMAGE,
      machine: "n2-highcpu-4",
      minInstances: 2,
      maxInstances: 2,
      predictRoute: "/score",
      healthRoute: "/ready",
    });
  });
});

function environmentOf({ get }: Awaited<ReturnType<typeof stackOf>>): Record<string, string> {
  return get("function").inputs.serviceConfig.environmentVariables;
}
