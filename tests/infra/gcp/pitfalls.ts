import { describe, expect, it } from "@jest/globals";
import { RESULT_COLUMNS } from "../../../adapters/gcp/store";
import { ENTRY_POINT } from "../../../functions/gcp/bundle";
import { NOT_INDEXED } from "../../../infra/gcp/store";
import { PROJECT, PUBSUB, type Recorded } from "./recorder";
import { CLOUD_RUN, CONFIGURATIONS, type Stack, stackOf, VERTEX } from "./stack";

const SUBSCRIPTION = "gcp:pubsub/subscription:Subscription";

/**
 * Ways in which such stacks are known to fail, by the number that they have in the project's notes on Google Cloud. Those
 * that are not here are not the stack's: 2, 8, 10 to 12, 20, 23, 24, 31 and 32.
 */
describe("known pitfalls of Google Cloud", () => {
  it("1: the function has no trigger of its own, whose subscription would take no settings", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs).not.toHaveProperty("eventTrigger");
    expect(get("push").inputs.pushConfig.pushEndpoint).toMatch(/^https:/);
  });

  it.each([
    ["dead-topic", "hold", "push"],
    ["rejected-topic", "rejected-hold", "results"],
  ])(
    "3: %s has a subscription, and Pub/Sub may both publish to it and acknowledge what it moves",
    async (topic, hold, source) => {
      const stack = await stackOf({});
      const { deadLetterTopic } = stack.get(source).inputs.deadLetterPolicy;

      expect(deadLetterTopic).toBe(`projects/${PROJECT}/topics/sluice-gcp-${topic}`);
      expect(stack.get(hold).inputs).toMatchObject({ topic: deadLetterTopic, messageRetentionDuration: "2678400s" });
      expect(stack.get(`${topic}-grant`).inputs).toMatchObject({ role: "roles/pubsub.publisher", member: PUBSUB });
      expect(stack.get(`${source}-move-grant`).inputs).toMatchObject({
        subscription: `sluice-gcp-${source}`,
        role: "roles/pubsub.subscriber",
        member: PUBSUB,
      });
      expect(stack.get(source).dependsOn).toContain(`sluice-gcp-${topic}-grant`);
    },
  );

  it("4: no subscription expires", async () => {
    for (const { inputs } of await subscriptions()) expect(inputs.expirationPolicy).toEqual({ ttl: "" });
  });

  it("5: every subscription says how long an answer may take, and the function has to answer before", async () => {
    const { get } = await stackOf({});

    for (const { inputs } of await subscriptions()) expect(inputs.ackDeadlineSeconds).toBeGreaterThanOrEqual(60);
    expect(get("function").inputs.serviceConfig.timeoutSeconds).toBeLessThan(get("push").inputs.ackDeadlineSeconds);
  });

  it("6: what is refused comes again after a growing pause", async () => {
    const { get } = await stackOf({});

    expect(get("push").inputs.retryPolicy).toEqual({ minimumBackoff: "10s", maximumBackoff: "600s" });
    expect(get("results").inputs.retryPolicy).toEqual({ minimumBackoff: "10s", maximumBackoff: "600s" });
  });

  it("7, 26: no subscription asks for exactly-once delivery, order or a filter", async () => {
    for (const { inputs } of await subscriptions())
      for (const key of ["enableExactlyOnceDelivery", "enableMessageOrdering", "filter"])
        expect(inputs).not.toHaveProperty(key);
  });

  it("9: an instance takes many messages at a time, and has a whole CPU for them", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs.serviceConfig).toMatchObject({
      maxInstanceRequestConcurrency: 80,
      availableCpu: "1",
    });
  });

  it("13: refusals while instances start use up few of many attempts", async () => {
    const { get } = await stackOf({});

    expect(get("push").inputs.deadLetterPolicy.maxDeliveryAttempts).toBeGreaterThanOrEqual(10);
    expect(get("function").inputs.serviceConfig.maxInstanceCount).toBe(20);
  });

  it("14: new code is a new object, and the function is told its generation", async () => {
    const { get } = await stackOf({});

    expect(get("source").inputs.name).toBe("function-0123abcd.zip");
    expect(get("source").deleteBeforeReplace).toBe(false);
    expect(get("function").inputs.buildConfig.source.storageSource).toEqual({
      bucket: "sluice-gcp-source-bucket",
      object: "function-0123abcd.zip",
      generation: 1700000000000001,
    });
  });

  it("15: the build takes the account's resource name, the function its address", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs.buildConfig.serviceAccount).toBe(
      `projects/${PROJECT}/serviceAccounts/sluice-gcp-build@${PROJECT}.iam.gserviceaccount.com`,
    );
    expect(get("function").inputs.serviceConfig.serviceAccountEmail).not.toContain("/");
  });

  it("16: a trial can be destroyed, and production cannot", async () => {
    const trial = await stackOf({ ...CLOUD_RUN, forceDestroy: "true" });
    const production = await stackOf({ ...CLOUD_RUN, protect: "true", deletionProtection: "true" });

    expect([destroyable(trial), destroyable(production)]).toEqual([
      {
        bucket: true,
        dataset: true,
        table: false,
        service: false,
        database: "DELETE_PROTECTION_DISABLED",
        onDestroy: "DELETE",
      },
      {
        bucket: false,
        dataset: false,
        table: true,
        service: true,
        database: "DELETE_PROTECTION_ENABLED",
        onDestroy: "DELETE",
      },
    ]);
  });

  it("17: the model on Vertex AI is a resource of ours, for the provider has none", async () => {
    const { get, resources } = await stackOf(VERTEX);

    expect(get("deployed-model").type).toBe("pulumi-nodejs:dynamic/vertex:Model");
    expect(resources.filter(({ type }) => type.startsWith("gcp:vertex/aiModel"))).toEqual([]);
  });

  it("18: a dedicated endpoint is called at its own address", async () => {
    const { get } = await stackOf(VERTEX);

    const { SLUICE_ENDPOINT } = get("function").inputs.serviceConfig.environmentVariables;
    expect(SLUICE_ENDPOINT).toMatch(
      /^https:\/\/1234567890\.us-central1-42\.prediction\.vertexai\.goog\/v1\/projects\//,
    );
  });

  it("19: the model goes before its endpoint does, and deploying it is no change of the endpoint", async () => {
    const { get } = await stackOf(VERTEX);

    expect(get("deployed-model").dependsOn).toContain("sluice-gcp-endpoint");
    expect(get("endpoint").ignoreChanges).toEqual(["trafficSplit"]);
  });

  it("21: no field but the key is indexed, least of all a time", async () => {
    const { resources } = await stackOf({});
    const fields = resources.filter(({ type }) => type === "gcp:firestore/field:Field").map(({ inputs }) => inputs);

    expect(fields.map(({ field }) => field).sort()).toEqual([...NOT_INDEXED, "expiresAt"].sort());
    expect(NOT_INDEXED).toEqual(expect.arrayContaining(["time", "storedAt"]));
    expect(NOT_INDEXED).not.toContain("key");
    for (const { collection, indexConfig, ttlConfig, field } of fields) {
      expect([collection, indexConfig]).toEqual(["predictions", {}]);
      expect(ttlConfig).toEqual(field === "expiresAt" ? {} : undefined);
    }
  });

  it("22: the runtime is one that can be created", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs.buildConfig).toMatchObject({ runtime: "nodejs24", entryPoint: ENTRY_POINT });
  });

  it.each(Object.entries(CONFIGURATIONS))("25: nothing is looked up, with %s", async (_, given) => {
    // The stand-in of the engine throws at the first look-up.
    const { resources } = await stackOf(given);

    expect(resources.length).toBeGreaterThan(50);
    expect(resourceOf(resources, "pubsub-identity").inputs.service).toBe("pubsub.googleapis.com");
  });

  it("27: the archive is written before its messages are sent again", async () => {
    const { get } = await stackOf({ archiveSeconds: "600" });

    const { cloudStorageConfig, ackDeadlineSeconds } = get("archive").inputs;
    expect(Number.parseInt(cloudStorageConfig.maxDuration, 10)).toBeLessThanOrEqual(ackDeadlineSeconds);
  });

  it("28: the table has every column that is written to it, and a row that is refused does not stay in the way", async () => {
    const { get } = await stackOf({});
    const columns = JSON.parse(get("results-table").inputs.schema).map(({ name }: { name: string }) => name);

    expect(columns).toEqual(expect.arrayContaining(RESULT_COLUMNS.map(({ name }) => name)));
    expect(columns).toEqual(expect.arrayContaining(["subscription_name", "message_id", "publish_time", "attributes"]));
    expect(get("results").inputs.bigqueryConfig).toMatchObject({
      table: `${PROJECT}.sluice_gcp_results.predictions`,
      useTableSchema: true,
      writeMetadata: true,
    });
    expect(get("results").inputs.deadLetterPolicy.maxDeliveryAttempts).toBe(10);
  });

  it("28: rows that BigQuery refuses are not among the dead letters, from where they would become events", async () => {
    const { get } = await stackOf({});

    expect(get("results").inputs.deadLetterPolicy.deadLetterTopic).not.toBe(
      get("push").inputs.deadLetterPolicy.deadLetterTopic,
    );
  });

  it("29: of a hundred requests that went well, one is logged", async () => {
    const { get } = await stackOf({});

    expect(get("request-logs").inputs.filter).toBe(
      'resource.type="cloud_run_revision" AND resource.labels.service_name="sluice-gcp-worker" AND log_id("run.googleapis.com/requests") AND httpRequest.status<400 AND sample(insertId, 0.99)',
    );
  });

  it("30: an instance has memory enough for the framework and the model", async () => {
    const inProcess = await stackOf({});
    const atEndpoint = await stackOf(CLOUD_RUN);

    expect(inProcess.get("function").inputs.serviceConfig.availableMemory).toBe("1024Mi");
    expect(atEndpoint.get("function").inputs.serviceConfig.availableMemory).toBe("512Mi");
  });

  it("33: a service stays on when the stack goes", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);
    const services = resources.filter(({ type }) => type === "gcp:projects/service:Service");

    expect(services).toHaveLength(15);
    for (const { inputs } of services) expect(inputs.disableOnDestroy).toBe(false);
  });

  it("34: no token is in the state", async () => {
    process.env["GOOGLE_OAUTH_ACCESS_TOKEN"] = "a-token";
    const { resources } = await stackOf(VERTEX, {});
    delete process.env["GOOGLE_OAUTH_ACCESS_TOKEN"];

    expect(JSON.stringify(resources)).not.toContain("a-token");
    expect(resourceOf(resources, "deployed-model").inputs.__provider).toContain("GOOGLE_OAUTH_ACCESS_TOKEN");
  });

  it("35: texts without a type are the service's own", async () => {
    const { get } = await stackOf(CLOUD_RUN);

    expect(get("function").inputs.serviceConfig.ingressSettings).toBe("ALLOW_INTERNAL_ONLY");
    expect(get("model-service").inputs.ingress).toBe("INGRESS_TRAFFIC_ALL");
    expect(get("database").inputs).toMatchObject({
      type: "FIRESTORE_NATIVE",
      concurrencyMode: "OPTIMISTIC",
      pointInTimeRecoveryEnablement: "POINT_IN_TIME_RECOVERY_ENABLED",
    });
    expect(get("images").inputs.format).toBe("DOCKER");
    expect(get("dataset").inputs.storageBillingModel).toBe("PHYSICAL");
  });

  it("has no secret in the function's environment", async () => {
    const { get } = await stackOf(CONFIGURATIONS.everything);
    const { environmentVariables } = get("function").inputs.serviceConfig;

    expect(Object.keys(environmentVariables).filter((name) => !name.startsWith("SLUICE_"))).toEqual([]);
    expect(get("function").inputs.serviceConfig).not.toHaveProperty("secretEnvironmentVariables");
  });
});

async function subscriptions(): Promise<Recorded[]> {
  const { resources } = await stackOf({});
  const found = resources.filter(({ type }) => type === SUBSCRIPTION);
  expect(found).toHaveLength(5);
  return found;
}

function resourceOf(resources: readonly Recorded[], name: string): Recorded {
  return resources.find((one) => one.name === `sluice-gcp-${name}`)!;
}

function destroyable({ get }: Stack) {
  return {
    bucket: get("archive-bucket").inputs.forceDestroy,
    dataset: get("dataset").inputs.deleteContentsOnDestroy,
    table: get("results-table").inputs.deletionProtection,
    service: get("model-service").inputs.deletionProtection,
    database: get("database").inputs.deleteProtectionState,
    onDestroy: get("database").inputs.deletionPolicy,
  };
}
