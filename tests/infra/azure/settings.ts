import { describe, expect, it } from "@jest/globals";
import { readSettings } from "../../../functions/azure/settings";
import { AZURE_ML, CONFIGURATIONS, type Stack, stackOf } from "./stack";

const STATEFUL = [
  ...["archive", "consumer-group", "container", "cosmos-account", "data-account", "database", "dead-letters"],
  ...["dead-queue", "group", "host-account", "hub", "namespace", "results"],
];

describe("the settings of an Azure stack", () => {
  it("size the hub as the configuration says, and let it grow", async () => {
    const { get } = await stackOf({
      partitions: "32",
      throughputUnits: "2",
      maxThroughputUnits: "9",
      retentionHours: "168",
    });

    expect(get("namespace").inputs).toMatchObject({
      sku: { name: "Standard", tier: "Standard", capacity: 2 },
      isAutoInflateEnabled: true,
      maximumThroughputUnits: 9,
    });
    expect(get("hub").inputs).toMatchObject({
      partitionCount: 32,
      retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: 168 },
    });
    expect(get("hub").inputs).not.toHaveProperty("captureDescription");
  });

  it("do not let the hub grow where its most is what it starts with", async () => {
    const { get } = await stackOf({ throughputUnits: "6" });

    expect(get("namespace").inputs).toMatchObject({ sku: { capacity: 6 }, isAutoInflateEnabled: false });
    expect(get("namespace").inputs).not.toHaveProperty("maximumThroughputUnits");
  });

  it("run the function as the configuration says, on identities alone", async () => {
    const { get } = await stackOf({ memoryMb: "4096", minInstances: "2", maxInstances: "50", nodeVersion: "24" });

    expect(get("plan").inputs).toMatchObject({ sku: { name: "FC1", tier: "FlexConsumption" }, reserved: true });
    expect(get("function").inputs).toMatchObject({
      kind: "functionapp,linux",
      httpsOnly: true,
      identity: { type: "UserAssigned", userAssignedIdentities: [expect.stringMatching(/function-identity/)] },
      functionAppConfig: {
        runtime: { name: "node", version: "24" },
        deployment: {
          storage: {
            type: "blobContainer",
            value: expect.stringMatching(/^https:\/\/sluiceazurhost\w+\.blob\.core\.windows\.net\/code$/),
            authentication: {
              type: "UserAssignedIdentity",
              userAssignedIdentityResourceId: expect.stringMatching(/function-identity/),
            },
          },
        },
        scaleAndConcurrency: {
          instanceMemoryMB: 4096,
          maximumInstanceCount: 50,
          alwaysReady: [{ name: "function:process", instanceCount: 2 }],
        },
      },
    });
  });

  it("keep no instance warm by default, and run in no network", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs.functionAppConfig.scaleAndConcurrency).not.toHaveProperty("alwaysReady");
    expect(get("function").inputs).not.toHaveProperty("virtualNetworkSubnetId");
  });

  it("tell the host where everything is, without a key", async () => {
    const { get } = await stackOf({});
    const client = "client of sluice-azure-function-identity1a2b3c4d";

    expect(get("settings").inputs.name).toBe(get("function").inputs.name);
    expect(hostSettings(await stackOf({}))).toEqual({
      AzureWebJobsStorage__accountName: get("host-account").inputs.accountName,
      AzureWebJobsStorage__credential: "managedidentity",
      AzureWebJobsStorage__clientId: client,
      SLUICE_EVENT_HUBS__fullyQualifiedNamespace: `${get("namespace").inputs.namespaceName}.servicebus.windows.net`,
      SLUICE_EVENT_HUBS__credential: "managedidentity",
      SLUICE_EVENT_HUBS__clientId: client,
      APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=0;IngestionEndpoint=https://in.example/",
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${client};Authorization=AAD`,
      AZURE_CLIENT_ID: client,
    });
  });

  it("tell the function where everything is, in a form that it reads", async () => {
    const plain = functionSettings(await stackOf({ retries: "7", minBackoffSeconds: "4", timeoutSeconds: "90" }));
    const full = functionSettings(await stackOf(CONFIGURATIONS.everything));

    expect(readSettings(plain, "in-process")).toMatchObject({
      hub: "events",
      consumerGroup: "sluice",
      container: expect.stringMatching(/^https:\/\/[\w-]+\.documents\.azure\.com\/dbs\/sluice\/colls\/predictions$/),
      deadLetters: expect.stringMatching(/^https:\/\/\w+\.blob\.core\.windows\.net\/dead-letters$/),
      deadQueue: expect.stringMatching(/^https:\/\/\w+\.queue\.core\.windows\.net\/dead-letters$/),
      archive: expect.stringMatching(/^https:\/\/\w+\.blob\.core\.windows\.net\/archive$/),
      actions: expect.stringMatching(/^https:\/\/.*\.eventgrid\.azure\.net\/api\/events$/),
      results: undefined,
      endpoint: undefined,
      latest: false,
      retries: 7,
      timeoutMs: 90_000,
    });
    expect(plain).toMatchObject({ SLUICE_MIN_BACKOFF_SECONDS: "4", SLUICE_MAX_BACKOFF_SECONDS: "300" });
    expect(readSettings(full, "endpoint")).toMatchObject({
      results: expect.stringMatching(/^https:\/\/\w+\.blob\.core\.windows\.net\/results$/),
      endpoint: {
        kind: "azure-ml",
        url: expect.stringMatching(/^https:.*\/score$/),
        deployment: expect.stringMatching(/^on-/),
      },
      ttlDays: 90,
      latest: true,
    });
  });

  it("close storage to the public, to keys and to old TLS", async () => {
    const { resources } = await stackOf(AZURE_ML);
    const accounts = resources.filter(({ type }) => type === "azure-native:storage:StorageAccount");
    const containers = resources.filter(({ type }) => type === "azure-native:storage:BlobContainer");

    expect(accounts).toHaveLength(3);
    for (const { inputs } of accounts)
      expect(inputs).toMatchObject({
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: false,
        enableHttpsTrafficOnly: true,
        minimumTlsVersion: "TLS1_2",
      });
    expect(containers.map(({ inputs }) => inputs.publicAccess)).toEqual(["None", "None", "None", "None"]);
  });

  it("know no local users anywhere", async () => {
    const { get } = await stackOf(AZURE_ML);

    for (const name of ["namespace", "cosmos-account", "actions-topic", "insights"])
      expect(get(name).inputs.disableLocalAuth).toBe(true);
    expect(get("logs").inputs.features.disableLocalAuth).toBe(true);
    expect(get("endpoint").inputs.properties.authMode).toBe("AADToken");
    expect(get("workspace").inputs.systemDatastoresAuthMode).toBe("Identity");
    expect([get("scm-policy").inputs.allow, get("ftp-policy").inputs.allow]).toEqual([false, false]);
  });

  it("delete the archive when its days are over, and keep what was deleted by mistake for a week", async () => {
    const { get } = await stackOf({ archiveDays: "90" });
    const [archive, versions] = get("lifecycle").inputs.policy.rules;

    expect(archive.definition).toEqual({
      filters: { blobTypes: ["blockBlob"], prefixMatch: ["archive/"] },
      actions: {
        baseBlob: {
          tierToCool: { daysAfterModificationGreaterThan: 30 },
          delete: { daysAfterModificationGreaterThan: 90 },
        },
      },
    });
    expect(versions.definition.actions.version.delete).toEqual({ daysAfterCreationGreaterThan: 7 });
    expect(get("data-blobs").inputs).toMatchObject({
      isVersioningEnabled: true,
      deleteRetentionPolicy: { enabled: true, days: 7 },
      containerDeleteRetentionPolicy: { enabled: true, days: 7 },
    });
  });

  it("leave the namespace its identity without Capture, because Azure lets none go", async () => {
    const { get, resources } = await stackOf({});
    const { userAssignedIdentities } = get("namespace").inputs.identity;

    expect(userAssignedIdentities).toEqual([expect.stringMatching(/capture-identity/)]);
    expect(JSON.stringify(resources.map(({ inputs }) => inputs.principalId))).not.toContain("capture-identity");
  });

  it("leave a short archive in the tier where it costs less", async () => {
    const { get } = await stackOf({ archiveDays: "45" });

    expect(get("lifecycle").inputs.policy.rules[0].definition.actions.baseBlob).not.toHaveProperty("tierToCool");
  });

  it("let Capture write the archive where it is to", async () => {
    const { get } = await stackOf({ archiveBy: "capture", archiveSeconds: "60" });

    expect(get("hub").inputs.captureDescription).toEqual({
      enabled: true,
      encoding: "Avro",
      intervalInSeconds: 60,
      sizeLimitInBytes: 104_857_600,
      skipEmptyArchives: true,
      destination: {
        name: "EventHubArchive.AzureBlockBlob",
        storageAccountResourceId: expect.stringMatching(/sluiceazurdata/),
        blobContainer: "archive",
        archiveNameFormat: "{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}",
        identity: { type: "UserAssigned", userAssignedIdentity: expect.stringMatching(/capture-identity/) },
      },
    });
    expect(get("namespace").inputs.identity.userAssignedIdentities).toEqual([
      expect.stringMatching(/capture-identity/),
    ]);
    expect(get("settings").inputs.properties).not.toHaveProperty("SLUICE_ARCHIVE");
  });

  it("keep predictions by key, and index nothing but key and time", async () => {
    const { get } = await stackOf({});

    expect(get("container").inputs.resource).toEqual({
      id: "predictions",
      partitionKey: { kind: "Hash", version: 2, paths: ["/key"] },
      defaultTtl: -1,
      indexingPolicy: {
        automatic: true,
        indexingMode: "consistent",
        includedPaths: [{ path: "/key/?" }, { path: "/time/?" }],
        excludedPaths: [{ path: "/*" }],
      },
    });
    expect(get("cosmos-account").inputs).toMatchObject({
      consistencyPolicy: { defaultConsistencyLevel: "Session" },
      backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
      minimalTlsVersion: "Tls12",
      disableKeyBasedMetadataWriteAccess: true,
    });
  });

  it("pay for request units by use, or scale them up to the configured most", async () => {
    const serverless = await stackOf({});
    const scaled = await stackOf({ maxRequestUnits: "4000" });

    expect(serverless.get("cosmos-account").inputs.capabilities).toEqual([{ name: "EnableServerless" }]);
    expect(serverless.get("container").inputs).not.toHaveProperty("options");
    expect(scaled.get("cosmos-account").inputs.capabilities).toEqual([]);
    expect(scaled.get("container").inputs.options).toEqual({ autoscaleSettings: { maxThroughput: 4000 } });
  });

  it("protect what holds data or positions if asked, and nothing otherwise", async () => {
    const kept = (await stackOf({ protect: "true" })).resources.filter(({ protect }) => protect);
    const free = (await stackOf({})).resources.filter(({ protect }) => protect);

    expect(kept.map(short).sort()).toEqual(STATEFUL);
    expect(free).toEqual([]);
  });

  it("lock the predictions against everybody, and against Pulumi, which would take the lock away first", async () => {
    const stack = await stackOf({ deletionProtection: "true" });

    expect(stack.get("store-lock").inputs).toMatchObject({ level: "CanNotDelete" });
    expect(stack.get("store-lock").inputs.scope).toMatch(/\/DatabaseAccount\/sluice-azure-store-\w+$/);
    const kept = stack.resources.filter(({ protect }) => protect).map(short);
    expect(kept.sort()).toEqual(["container", "cosmos-account", "database"]);
  });

  it("let go of archive and dead letters when the stack is destroyed, unless they are to be deleted", async () => {
    const kept = (await stackOf({})).resources.filter(({ retainOnDelete }) => retainOnDelete);
    const trial = (await stackOf({ forceDestroy: "true" })).resources.filter(({ retainOnDelete }) => retainOnDelete);

    expect(kept.map(short).sort()).toEqual([
      "archive",
      "data-account",
      "dead-letters",
      "dead-queue",
      "group",
      "results",
    ]);
    expect(trial).toEqual([]);
  });
});

function hostSettings(stack: Stack): Record<string, string> {
  return only(stack, (name) => !/^SLUICE_(?!EVENT_HUBS)/.test(name));
}

function functionSettings(stack: Stack): Record<string, string> {
  return only(stack, (name) => /^SLUICE_(?!EVENT_HUBS)/.test(name));
}

function only({ get }: Stack, wanted: (name: string) => boolean): Record<string, string> {
  const all = Object.entries<string>(get("settings").inputs.properties);
  return Object.fromEntries(all.filter(([name]) => wanted(name)));
}

function short({ name }: { name: string }): string {
  return name.replace("sluice-azure-", "");
}
