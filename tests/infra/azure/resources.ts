import { describe, expect, it } from "@jest/globals";
import type { AzureResources, AzureTransforms } from "../../../infra/azure/resources";
import { outputsOf } from "../stack";
import { protecting } from "../transforms";
import { AZURE_ML, CONFIGURATIONS, CONTAINER_APP, stackOf } from "./stack";

const LEAST = [
  "archive",
  "capture-identity",
  "code",
  "code-container",
  "consumer-group",
  "container",
  "cosmos-account",
  "dashboard",
  "data-account",
  "data-blobs",
  "database",
  "dead-letters",
  "dead-letters-grant",
  "dead-queue",
  "dead-queue-grant",
  "diagnostics-data",
  "diagnostics-hub",
  "diagnostics-store",
  "ftp-policy",
  "function",
  "function-identity",
  "group",
  "host-account",
  "host-blob-grant",
  "host-table-grant",
  "hub",
  "hub-grant",
  "insights",
  "insights-grant",
  "lifecycle",
  "log-alarm-dead-letters",
  "log-alarm-errors",
  "log-alarm-late",
  "log-alarm-log-cap",
  "log-alarm-retries",
  "log-alarm-stalled",
  "logs",
  "metric-alarm-store-throttles",
  "metric-alarm-throttles",
  "namespace",
  "plan",
  "results",
  "scm-policy",
  "settings",
  "store-grant",
];
const FOR_ACTIONS = ["actions-grant", "actions-topic"];
const FOR_ARCHIVE = ["archive-grant"];
const FOR_CAPTURE = ["capture-grant"];
const FOR_MODEL = ["metric-alarm-model-errors", "model-identity", "model-pull-grant"];
const FOR_CONTAINER_APP = [
  ...FOR_MODEL,
  "diagnostics-models",
  "function-subnet",
  "model-environment",
  "model-record",
  "model-service",
  "model-subnet",
  "model-zone",
  "model-zone-link",
  "network",
];
const FOR_AZURE_ML = [
  ...FOR_MODEL,
  "deployment",
  "deployment-scaling",
  "diagnostics-vault",
  "endpoint",
  "endpoint-grant",
  "model-image",
  "model-image-version",
  "score-role",
  "workspace",
  "workspace-account",
  "workspace-account-grant",
  "workspace-vault",
];
const ALWAYS = [...LEAST, ...FOR_ACTIONS, ...FOR_ARCHIVE];

describe("the resources of an Azure stack", () => {
  it.each<[keyof typeof CONFIGURATIONS, number, string[]]>([
    ["in process", 48, ALWAYS],
    ["a model on Container Apps", 60, [...ALWAYS, ...FOR_CONTAINER_APP]],
    ["a model on Azure ML", 63, [...ALWAYS, ...FOR_AZURE_ML]],
    ["everything", 67, [...ALWAYS, ...FOR_AZURE_ML, "alarm-email", "budget", "results-grant", "store-lock"]],
    ["an archive by Capture", 48, [...LEAST, ...FOR_ACTIONS, ...FOR_CAPTURE]],
    ["no archive", 47, [...LEAST, ...FOR_ACTIONS]],
  ])("with %s are these %i", async (configuration, count, expected) => {
    const { names } = await stackOf(CONFIGURATIONS[configuration]);

    expect(names).toEqual(expected.toSorted());
    expect(names).toHaveLength(count);
  });

  it("have no archive, no topic of actions and no rights on them where none is wanted", async () => {
    const stack = await stackOf(CONFIGURATIONS["no archive"], { hasActions: false });

    expect(stack.names).toEqual(LEAST.toSorted());
    expect(stack.outputs).toMatchObject({ archive: "", actions: "" });
    expect(stack.get("settings").inputs.properties).not.toHaveProperty("SLUICE_ACTIONS");
    expect(stack.get("settings").inputs.properties).not.toHaveProperty("SLUICE_ARCHIVE");
  });

  it.each(Object.keys(CONFIGURATIONS) as (keyof typeof CONFIGURATIONS)[])(
    "carry the stack's and the user's tags wherever the service takes tags, with %s",
    async (configuration) => {
      const { resources } = await stackOf({ ...CONFIGURATIONS[configuration], tags: '{"team":"payments"}' });
      const tags = { team: "payments", "sluice-stack": "sluice/azure", "sluice-pipeline": "card-fraud" };

      const tagged = resources.filter(({ type }) => !TAKES_NO_TAGS.test(type));
      expect(tagged.length).toBeGreaterThan(15);
      for (const { inputs } of tagged) expect(inputs.tags).toEqual(tags);
    },
  );

  it("are all children of the one component, in one group and one region", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);

    for (const { parent, inputs } of resources) {
      expect(parent).toMatch(/sluice:azure:Pipeline::sluice-azure-pipeline$/);
      expect(inputs.resourceGroupName ?? "sluice-azure-group1a2b3c4d").toBe("sluice-azure-group1a2b3c4d");
      expect(inputs.location ?? "westeurope").toMatch(/^(?:westeurope|global)$/i);
    }
  });
});

/** Types of the SDK whose arguments have no tags, or hold them where Azure keeps none. */
const TAKES_NO_TAGS =
  /^pulumi-nodejs:|:(?:authorization|consumption):|:cosmosdb:Sql|:eventhub:(?:EventHub|ConsumerGroup)$|:storage:(?!StorageAccount)|:web:WebApp.|:monitor:DiagnosticSetting|:network:Subnet|:PrivateRecordSet|:machinelearningservices:Environment/;

describe("a transform", () => {
  it("reaches every inner resource, as object and as function", async () => {
    const given = { ...CONFIGURATIONS.everything, archiveBy: "capture" };
    const { resources: before } = await stackOf(given);
    const { transform, reached } = protecting<AzureTransforms>(new Set(before.map(({ name }) => keyOf(name))));

    const { resources } = await stackOf({ ...given, protect: "false", deletionProtection: "false" }, { transform });

    expect(reached).toEqual(new Set(before.map(({ name }) => name).filter((name) => !name.endsWith("-store-lock"))));
    expect(resources.filter(({ protect }) => !protect)).toEqual([]);
  });

  it("reaches the model server's network", async () => {
    const stack = await stackOf(CONTAINER_APP, {
      transform: {
        functionSubnet: { addressPrefix: "10.9.0.0/24" },
        modelService: (args) => {
          args.workloadProfileName = "D4";
        },
      },
    });

    expect(stack.get("function-subnet").inputs).toMatchObject({
      addressPrefix: "10.9.0.0/24",
      subnetName: "functions",
    });
    expect(stack.get("model-service").inputs).toMatchObject({ workloadProfileName: "D4", containerAppName: "model" });
  });

  it("overrides single arguments", async () => {
    const stack = await stackOf({}, { transform: { hub: { partitionCount: 4 } } });

    expect(stack.get("hub").inputs).toMatchObject({ partitionCount: 4, eventHubName: "events" });
  });
});

/** `sluice-azure-host-account` as `hostAccount`; resources of one kind share a name. */
function keyOf(name: string): keyof AzureResources {
  const plain = name.replace(/^sluice-azure-/, "").replace(/^(metric-alarm|log-alarm|diagnostics)-.*$/, "$1");
  return plain.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof AzureResources;
}

describe("the outputs of an Azure stack", () => {
  it("name everything that the command line and other programs need", async () => {
    const { outputs } = await stackOf({});

    const own = "[a-z0-9]{10}";
    expect(outputs).toEqual({
      cloud: "azure",
      region: "westeurope",
      pipeline: "card-fraud",
      ingest: matching(`sb://sluice-azure-hub-${own}.servicebus.windows.net/events`),
      store: matching(`https://sluice-azure-store-${own}.documents.azure.com/dbs/sluice/colls/predictions`),
      deadLetters: matching(`https://sluiceazurdata${own}.blob.core.windows.net/dead-letters`),
      archive: matching(`https://sluiceazurdata${own}.blob.core.windows.net/archive`),
      actions: matching(`https://sluice-azure-actions-${own}.westeurope-1.eventgrid.azure.net/api/events`),
      inference: "in-process",
      function: matching(`sluice-azure-worker-${own}`),
      dashboard: matching("https://portal.azure.com/#resource/subscriptions/.*/[0-9a-f-]{36}/workbook"),
    });
  });

  it("have the same names in every configuration, and each is a text without a key", async () => {
    const all = await outputsOf(stackOf, CONFIGURATIONS);

    for (const outputs of all) {
      expect(Object.keys(outputs)).toEqual(Object.keys(all[0]!));
      for (const text of Object.values(outputs)) expect(text).toEqual(expect.not.stringMatching(/[Kk]ey=|sig=/));
    }
  });

  it("give the address of the endpoint where the model is behind one", async () => {
    const service = await stackOf(CONTAINER_APP);
    const azureMl = await stackOf(AZURE_ML);

    expect(service.outputs.inference).toBe("https://model.kind-sea-1.westeurope.azurecontainerapps.io/score");
    expect(azureMl.outputs.inference).toMatch(
      /^https:\/\/sluice-azure-model-\w+\.westeurope\.inference\.ml\.azure\.com\/score$/,
    );
  });
});

function matching(pattern: string) {
  return expect.stringMatching(new RegExp(`^${pattern}$`));
}
